package io.thalweg.view.java.local;

import static io.thalweg.index.path.Maps.field;
import static io.thalweg.index.path.Maps.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.Index;
import io.thalweg.index.IndexReader;
import io.thalweg.index.schema.Schema;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.Aggregates;
import io.thalweg.view.java.Batch;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.Other;
import io.thalweg.view.java.OtherIndex;
import io.thalweg.view.java.OtherQuery;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.View;
import io.thalweg.view.java.query.Others;
import io.thalweg.view.java.run.CallRunner;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Views that read each other. */
class OtherViewTest {
    /** As the users' own view has it. */
    public record Profile(String name, long visits) {}

    /** As another reads it, which does not ask for all. */
    public record Named(String name) {}

    private static final Index<Map<String, Profile>> PROFILES =
            Index.of("profiles", Schema.map(Schema.of(String.class), Schema.record(Profile.class)));
    private static final Index<Map<String, Named>> NAMES =
            Index.of("profiles", Schema.map(Schema.of(String.class), Schema.record(Named.class)));
    private static final Index<Map<String, String>> GREETINGS =
            Index.of("greetings", Schema.map(String.class, String.class));

    private static final Index<Map<String, String>> OTHERWISE =
            Index.of("otherwise", Schema.map(String.class, String.class));

    private static final Query<String, Long> VISITS = Query.at(
            "visits",
            Schema.of(String.class),
            Schema.of(Long.class),
            user -> user,
            (at, user) ->
                    at.index(PROFILES).at(key(user), field(Profile::visits)).get());

    private static View users() {
        return view -> {
            view.index(PROFILES);
            view.query(VISITS);
            view.log(
                    "visits",
                    Codec.text(),
                    (step, name) -> step.index(PROFILES)
                            .at(key(step.key()))
                            .update(before -> new Profile(name, before == null ? 1 : before.visits() + 1)));
        };
    }

    /** Greets users by what their view knows of them. */
    private static final class Greeter implements View {
        @Override
        public void declare(Declaration view) {
            view.index(GREETINGS);
            Other users = view.other("users");
            OtherIndex<Map<String, Named>> names = users.index(NAMES);
            OtherQuery<String, Long> visits = users.query("visits", Schema.of(String.class), Schema.of(Long.class));
            view.log("greetings", Codec.text(), (step, user) -> {
                String name = step.index(names, user)
                        .at(key(user), field(Named::name))
                        .get();
                step.index(GREETINGS).at(key(step.key())).set(name + " was here " + step.ask(visits, user) + " times");
            });
            view.query(Query.anywhere(
                    "names",
                    Schema.list(String.class),
                    Schema.of(Long.class),
                    (at, some) -> at.each(
                            some,
                            (there, user) ->
                                    there.index(names, user).at(key(user)).get() == null
                                            ? null
                                            : there.ask(visits, user),
                            Aggregates.sum())));
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static LocalNode node() {
        LocalNode node = new LocalNode(4);
        node.deploy("users", OtherViewTest::users);
        node.deploy("greeter", Greeter::new);
        return node;
    }

    @Test
    void aHandlerAndAQueryReadWhatAnotherViewHasCommitted() {
        LocalNode node = node();
        node.append("visits", "ann", utf8("Ann"));
        node.append("visits", "ann", utf8("Ann"));
        node.append("visits", "bob", utf8("Bob"));
        node.process();
        node.append("greetings", "k", utf8("ann"));
        node.process();
        LocalView greeter = node.view("greeter");
        assertThat(greeter.parked()).isEmpty();
        assertThat(greeter.select(GREETINGS, "k", key("k"))).containsExactly("Ann was here 2 times");
        assertThat(greeter.ask("names", Map.of("argument", List.of("ann", "bob", "nobody"))))
                .isEqualTo(3L);
    }

    @Test
    void whatIsReadOfAnotherViewFitsOrIsRefused() {
        assertThatThrownBy(() -> new LocalNode(1).deploy("greeter", Greeter::new))
                .isInstanceOf(DeclarationException.class)
                .hasMessageContaining("view greeter reads view users, and there are []");
        LocalNode node = node();
        assertRefused(
                node, users -> users.index(GREETINGS), "reads index greetings of view users, which has [profiles]");
        assertRefused(
                node,
                users -> users.index(
                        Index.of("profiles", Schema.map(Schema.of(Long.class), Schema.record(Named.class)))),
                "reads index profiles of view users otherwise than it is");
        assertRefused(
                node,
                users -> users.query("best", Schema.of(String.class), Schema.of(Long.class)),
                "asks query best of view users, which has [visits]");
        assertRefused(
                node,
                users -> users.query("visits", Schema.of(Long.class), Schema.of(Long.class)),
                "with other arguments");
    }

    private static void assertRefused(LocalNode node, Consumer<Other> reads, String why) {
        Supplier<View> code = () -> view -> {
            view.log("greetings", Codec.text(), (_, _) -> {});
            reads.accept(view.other("users"));
        };
        assertThatThrownBy(() -> node.deploy("another", code))
                .isInstanceOf(DeclarationException.class)
                .hasMessageContaining(why);
    }

    @Test
    void aVersionWithoutWhatOthersReadIsRefusedAndOneWithMoreIsRead() {
        LocalNode node = node();
        assertThatThrownBy(() -> node.deploy("users", () -> view -> {
                    view.index(PROFILES);
                    view.log("visits", Codec.text(), (_, _) -> {});
                }))
                .isInstanceOf(DeclarationException.class)
                .hasMessageContaining("view greeter asks query visits of view users, which has []");
        node.append("visits", "ann", utf8("Ann"));
        node.process();
        node.deploy("users", OtherViewTest::users);
        node.append("greetings", "k", utf8("ann"));
        node.process();
        assertThat(node.view("greeter").select(GREETINGS, "k", key("k"))).containsExactly("Ann was here 1 times");
    }

    @Test
    void viewsThatAskEachOtherWithoutEndAreStopped() {
        LocalNode node = new LocalNode(1);
        node.deploy("one", () -> view -> {
            view.log("in", Codec.text(), (_, _) -> {});
            view.query(Query.anywhere("go", Schema.of(Long.class), Schema.of(Long.class), (_, n) -> n));
        });
        node.deploy("two", () -> view -> {
            OtherQuery<Long, Long> go = view.other("one").query("go", Schema.of(Long.class), Schema.of(Long.class));
            view.log("in", Codec.text(), (_, _) -> {});
            view.query(Query.anywhere("go", Schema.of(Long.class), Schema.of(Long.class), (at, n) -> at.ask(go, n)));
        });
        node.deploy("one", () -> view -> {
            OtherQuery<Long, Long> go = view.other("two").query("go", Schema.of(Long.class), Schema.of(Long.class));
            view.log("in", Codec.text(), (_, _) -> {});
            view.query(Query.anywhere("go", Schema.of(Long.class), Schema.of(Long.class), (at, n) -> at.ask(go, n)));
        });
        assertThatThrownBy(() -> node.view("one").ask("go", Map.of("argument", 1L)))
                .isInstanceOf(ThalwegException.class)
                .hasMessageContaining("views ask each other more than 8 deep");
    }

    @Test
    void whatAHandlerKeepsOfAnotherViewIsReadNoMoreWhenItHasReturned() {
        LocalNode node = node();
        List<IndexReader<Map<String, Named>>> kept = new ArrayList<>();
        node.deploy("sly", () -> view -> {
            OtherIndex<Map<String, Named>> names = view.other("users").index(NAMES);
            view.log("greetings", Codec.text(), (step, user) -> kept.add(step.index(names, user)));
        });
        node.append("greetings", "k", utf8("ann"));
        node.process();
        assertThatThrownBy(() -> kept.getFirst().at(key("ann")).get())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has ended");
    }

    @Test
    void whatIsNotDeclaredIsNotRead() {
        LocalNode node = node();
        OtherIndex<Map<String, Profile>> undeclared = new OtherIndex<>("users", PROFILES);
        node.deploy("sly", () -> view -> {
            view.index(GREETINGS);
            view.log("greetings", Codec.text(), (step, user) -> step.index(undeclared, user));
        });
        node.append("greetings", "k", utf8("ann"));
        node.process();
        assertThat(node.view("sly").parked())
                .singleElement()
                .satisfies(parked -> assertThat(parked.reason())
                        .contains("index profiles of view users is not declared by this view"));
    }

    @Test
    void aQueryReadsOfAnotherViewWhatItsOwnViewDeclaresAndNothingElse() {
        LocalNode node = node();
        OtherIndex<Map<String, Named>> names = new OtherIndex<>("users", NAMES);
        OtherQuery<String, Long> visits =
                new OtherQuery<>("users", "visits", Schema.of(String.class), Schema.of(Long.class));
        node.deploy("sly", () -> view -> {
            view.log("greetings", Codec.text(), (_, _) -> {});
            view.query(Query.anywhere(
                    "named",
                    Schema.of(String.class),
                    Schema.of(String.class),
                    (at, user) -> at.index(names, user)
                            .at(key(user), field(Named::name))
                            .get()));
            view.query(Query.anywhere(
                    "visits", Schema.of(String.class), Schema.of(Long.class), (at, user) -> at.ask(visits, user)));
        });
        // What who asks has declared says nothing of what the one that is asked may read.
        node.deploy("friend", () -> view -> {
            view.other("users").query("visits", Schema.of(String.class), Schema.of(Long.class));
            OtherQuery<String, Long> asked =
                    view.other("sly").query("visits", Schema.of(String.class), Schema.of(Long.class));
            view.log("greetings", Codec.text(), (_, _) -> {});
            view.query(Query.anywhere(
                    "visits", Schema.of(String.class), Schema.of(Long.class), (at, user) -> at.ask(asked, user)));
        });
        for (String view : List.of("sly", "friend")) {
            assertThatThrownBy(() -> node.view(view).ask("visits", Map.of("argument", "ann")))
                    .isInstanceOf(ThalwegException.class)
                    .hasMessageContaining("query visits of view users is not declared by this view");
        }
        assertThatThrownBy(() -> node.view("sly").ask("named", Map.of("argument", "ann")))
                .isInstanceOf(ThalwegException.class)
                .hasMessageContaining("index profiles of view users is not declared by this view");
    }

    /** A view that greets, beside one that is not at hand as long as somebody says why. */
    private static LocalView greeter(AtomicReference<@Nullable ErrorCode> why, Declaration.Poison poison) {
        LocalNode node = node();
        node.append("visits", "ann", utf8("Ann"));
        node.process();
        Others others = name -> {
            ErrorCode code = why.get();
            if (code != null) {
                throw new ThalwegException(code, "view " + name + " is not at hand");
            }
            return node.view(name).asOther();
        };
        LocalTime time = new LocalTime(LocalView.BEGINNING);
        View greeter = view -> {
            new Greeter().declare(view);
            view.onPoison(poison);
            view.index(OTHERWISE);
            view.log(
                    "else",
                    Codec.text(),
                    (step, text) -> step.index(OTHERWISE).at(key(step.key())).set(text));
        };
        return new LocalView(
                () -> greeter, 1, CallRunner.INLINE, others, time, new MemoryStreams(time), new UUID(0, 9), false);
    }

    @Test
    void whatOthersDoNotGiveIsNoPoisonHoweverLongItTakes() {
        for (Declaration.Poison poison : Declaration.Poison.values()) {
            for (ErrorCode code : List.of(ErrorCode.UNAVAILABLE, ErrorCode.OVERLOADED)) {
                AtomicReference<@Nullable ErrorCode> why = new AtomicReference<>(code);
                LocalView view = greeter(why, poison);
                view.append("greetings", "k", utf8("ann"));
                for (int i = 0; i < 100; i++) {
                    view.advance(Duration.ofSeconds(5));
                }
                assertThat(view.select(GREETINGS, "k", key("k"))).containsExactly((String) null);
                assertThat(view.parked()).isEmpty();
                assertThat(view.deadLetters()).isEmpty();
                view.append("else", "k", utf8("goes on"));
                view.process();
                assertThat(view.select(OTHERWISE, "k", key("k"))).containsExactly("goes on");

                why.set(null);
                view.process();
                assertThat(view.select(GREETINGS, "k", key("k")))
                        .as("it waits until the pause is over")
                        .containsExactly((String) null);
                view.advance(Duration.ofSeconds(5));
                assertThat(view.select(GREETINGS, "k", key("k"))).containsExactly("Ann was here 1 times");
            }
        }
    }

    @Test
    void aQuestionThatIsNeverAnsweredInTimeIsPoisonInTheEnd() {
        AtomicReference<@Nullable ErrorCode> why = new AtomicReference<>(ErrorCode.DEADLINE_EXCEEDED);
        LocalView view = greeter(why, Declaration.Poison.PARK);
        view.append("greetings", "k", utf8("ann"));
        for (int i = 0; i < 5; i++) {
            view.advance(Duration.ofSeconds(10));
        }
        assertThat(view.parked()).isEmpty();
        view.advance(Duration.ofSeconds(30));
        assertThat(view.parked()).hasSize(1);
    }

    @Test
    void aBatchWaitsForOthersToo() {
        for (Declaration.Poison poison : Declaration.Poison.values()) {
            AtomicReference<@Nullable ErrorCode> why = new AtomicReference<>(ErrorCode.UNAVAILABLE);
            View batches = view -> {
                view.onPoison(poison);
                view.batch("greet", batch -> {
                    batch.index(GREETINGS);
                    Batch.Stage<String, List<String>, List<String>> hello =
                            batch.stage("hello", Schema.list(String.class), Aggregates.list(), (at, some) -> {
                                ErrorCode code = why.get();
                                if (code != null) {
                                    throw new IllegalStateException(new ThalwegException(code, "not at hand"));
                                }
                                at.index(GREETINGS).at(key(at.key())).set("hello " + some.getFirst());
                            });
                    batch.log("greetings", Codec.text(), (from, user) -> from.send(hello, "k", user));
                });
            };
            LocalView view = new LocalView(() -> batches, 1);
            view.append("greetings", "k", utf8("ann"));
            for (int i = 0; i < 20; i++) {
                view.advance(Duration.ofSeconds(5));
            }
            assertThat(view.parked()).isEmpty();
            assertThat(view.deadLetters()).isEmpty();
            why.set(null);
            view.advance(Duration.ofSeconds(5));
            assertThat(view.select(GREETINGS, "k", key("k"))).containsExactly("hello ann");
        }
    }
}
