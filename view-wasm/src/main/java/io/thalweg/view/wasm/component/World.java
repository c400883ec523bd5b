package io.thalweg.view.wasm.component;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The worlds of {@code /wit} as the loader knows them: the interface that a component must export, the type of each of its functions,
 * and what the canonical ABI makes of that type.
 */
public enum World {
    MACHINE(
            "primatomic:machine@0.0.1",
            "primatomic:machine/machine@0.0.1",
            new Expected("init", function(null), "() -> ()"),
            new Expected("append", function(null, field("event", WitType.BYTES)), "(i32, i32) -> ()"),
            new Expected("query", function(WitType.BYTES, field("input", WitType.BYTES)), "(i32, i32) -> (i32)"),
            new Expected("snapshot", function(WitType.BYTES), "() -> (i32)"),
            new Expected("restore", function(null, field("snapshot", WitType.BYTES)), "(i32, i32) -> ()")),

    VIEW(
            "thalweg:view@0.1.0",
            "thalweg:view/view@0.1.0",
            new Expected("init", function(null), "() -> ()"),
            new Expected(
                    "append",
                    function(
                            new WitType.Result(null, WitType.Primitive.STRING),
                            field(
                                    "event",
                                    new WitType.RecordOf(List.of(
                                            field("sequence", WitType.Primitive.U64),
                                            field("timestamp", WitType.Primitive.U64),
                                            field("key", new WitType.Option(WitType.BYTES)),
                                            field("content-type", new WitType.Option(WitType.Primitive.STRING)),
                                            field("headers", WitType.PAIRS),
                                            field("payload", WitType.BYTES))))),
                    "(i64, i64, i32, i32, i32, i32, i32, i32, i32, i32, i32, i32) -> (i32)"),
            new Expected(
                    "query",
                    function(
                            new WitType.Result(
                                    new WitType.Variant(List.of(
                                            new WitType.Case("json", WitType.Primitive.STRING),
                                            new WitType.Case("text", WitType.Primitive.STRING),
                                            new WitType.Case(
                                                    "content",
                                                    new WitType.RecordOf(List.of(
                                                            field("content-type", WitType.Primitive.STRING),
                                                            field("body", WitType.BYTES)))))),
                                    WitType.Primitive.STRING),
                            field("parameters", WitType.PAIRS),
                            field("input", WitType.BYTES)),
                    "(i32, i32, i32, i32) -> (i32)"),
            new Expected("snapshot", function(WitType.BYTES), "() -> (i32)"),
            new Expected("restore", function(null, field("snapshot", WitType.BYTES)), "(i32, i32) -> ()"));

    private final String title;

    /** The export. */
    final String exported;

    @SuppressWarnings("ImmutableEnumChecker") // lists from List.of all the way down
    final List<Expected> functions;

    World(String title, String exported, Expected... functions) {
        this.title = title;
        this.exported = exported;
        this.functions = List.of(functions);
    }

    /** What reports and errors call it. */
    public String title() {
        return title;
    }

    /**
     * A function that the world demands.
     *
     * @param core the signature that its type lowers to
     */
    record Expected(String name, WitType.Function type, String core) {
        /** The core signature of its post-return function, which takes the core results. */
        String postReturn() {
            return core.substring(core.indexOf("-> ") + 3) + " -> ()";
        }

        String text() {
            return name + ": " + type.text();
        }
    }

    static WitType.Field field(String name, WitType type) {
        return new WitType.Field(name, type);
    }

    static WitType.Function function(@Nullable WitType result, WitType.Field... parameters) {
        return new WitType.Function(false, List.of(parameters), result);
    }
}
