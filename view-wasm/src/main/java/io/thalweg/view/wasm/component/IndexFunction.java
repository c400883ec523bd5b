package io.thalweg.view.wasm.component;

import static io.thalweg.view.wasm.component.WitType.BYTES;
import static io.thalweg.view.wasm.component.World.field;
import static io.thalweg.view.wasm.component.World.function;

import java.util.List;

/** The functions of the interface {@code index} in {@code wit/view/view.wit}: their types, and the core functions they lower to. */
public enum IndexFunction {
    GET("get", function(new WitType.Option(BYTES), field("key", BYTES)), "(i32, i32, i32) -> ()"),
    PUT("put", function(null, field("key", BYTES), field("value", BYTES)), "(i32, i32, i32, i32) -> ()"),
    DELETE("delete", function(null, field("key", BYTES)), "(i32, i32) -> ()"),
    RANGE(
            "range",
            function(
                    new WitType.ListOf(new WitType.RecordOf(List.of(field("key", BYTES), field("value", BYTES)))),
                    field("start", BYTES),
                    field("end", BYTES),
                    field("limit", WitType.Primitive.U32),
                    field("direction", new WitType.EnumOf(List.of("forward", "backward")))),
            "(i32, i32, i32, i32, i32, i32, i32) -> ()");

    /** The import that brings them. */
    static final String INTERFACE = "thalweg:view/index@0.1.0";

    final String name;

    @SuppressWarnings("ImmutableEnumChecker") // lists from List.of all the way down
    final WitType.Function type;

    final String core;

    IndexFunction(String name, WitType.Function type, String core) {
        this.name = name;
        this.type = type;
        this.core = core;
    }
}
