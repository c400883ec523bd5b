package io.thalweg.view.java.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Aggregates;
import io.thalweg.view.java.CallOptions;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.View;
import io.thalweg.view.java.run.Wiring;
import io.thalweg.view.java.ship.Likeness;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Which versions of a view may work side by side, each in some of its partitions. */
class LikenessTest {
    private static List<String> misfits(Consumer<Declaration> one, Consumer<Declaration> other) {
        return Likeness.misfits(wiring(one), wiring(other));
    }

    private static Wiring wiring(Consumer<Declaration> more) {
        View view = declaration -> {
            declaration.log("in", Codec.text(), (_, _) -> {});
            more.accept(declaration);
        };
        return new Wiring(view, 0, 1);
    }

    private static Index<?> index(String name, Class<?> values) {
        return Index.of(name, Schema.map(String.class, values));
    }

    @Test
    void whatGoesBetweenPartitionsHasToBeOfBoth() {
        assertThat(misfits(_ -> {}, _ -> {})).isEmpty();
        assertThat(misfits(view -> view.index(index("a", Long.class)), view -> {
                    view.index(index("a", Long.class));
                    view.index(index("b", Long.class));
                }))
                .as("another index is nothing to those who do not know it")
                .isEmpty();
        assertThat(misfits(view -> view.index(index("a", Long.class)), view -> view.index(index("a", String.class))))
                .singleElement()
                .satisfies(each -> assertThat(each).startsWith("index a "));
        assertThat(misfits(_ -> {}, view -> view.log("more", Codec.text(), (_, _) -> {})))
                .containsExactly("its logs are [in, more], and those of today's version [in]");
        assertThat(misfits(view -> view.hop("on", Codec.text(), text -> text, (_, _) -> {}), _ -> {}))
                .containsExactly("its hops are [], and those of today's version [on]");
        assertThat(misfits(_ -> {}, view -> view.output("out", Codec.text())))
                .containsExactly("its outputs are [out], and those of today's version []");
        Consumer<Declaration> later = view -> view.timer("later", Codec.text(), (_, _) -> {});
        Consumer<Declaration> ask = view ->
                view.call("ask", Codec.text(), Codec.text(), CallOptions.DEFAULT, (_, text) -> text, (_, _) -> {});
        assertThat(misfits(later.andThen(ask), later.andThen(ask))).isEmpty();
        assertThat(misfits(later.andThen(ask), _ -> {}))
                .as("what is under way is looked at by itself")
                .isEmpty();
        assertThat(misfits(_ -> {}, later.andThen(ask)))
                .as("today's version comes back where somebody goes back, or another node leads")
                .containsExactly(
                        "today's version has no timers [later], and would find them under way where it comes back",
                        "today's version has no calls [ask], and would find them under way where it comes back");
        Consumer<Declaration> batch = view -> view.batch("all", its -> {
            var _ = its.stage("count", Schema.of(Long.class), Aggregates.count(), (_, _) -> {});
            its.log("other", Codec.text(), (_, _) -> {});
        });
        assertThat(misfits(batch, batch))
                .singleElement()
                .satisfies(each -> assertThat(each).startsWith("batches "));
    }
}
