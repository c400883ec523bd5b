package io.thalweg.examples;

import static io.thalweg.index.path.Lists.elements;
import static io.thalweg.index.path.Maps.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.java.Codec;
import io.thalweg.view.java.local.LocalSimulation;
import io.thalweg.view.java.local.LocalView;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Editors who have not seen each other's edits, in a world where everything falls that may. */
final class EditorTest {
    private static final int SEEDS = 20;
    private static final Codec<Editor.Edit> EDITS = Codec.json(Editor.Edit.class);

    private static LocalView view() {
        return new LocalView(Editor::new, 3);
    }

    private static @Nullable Object edit(LocalView view, long seen, long at, String insert, long delete) {
        return view.ask("edits", "d", EDITS.encode(new Editor.Edit("d", "ann", seen, at, insert, delete)));
    }

    private static String text(LocalView view) {
        return view.select(Editor.TEXTS, "d", key("d")).getFirst();
    }

    @Test
    void whatEachMeantIsKept() {
        LocalView view = view();
        edit(view, 0, 0, "the cat sat", 0);
        edit(view, 1, 4, "fat ", 0);
        edit(view, 1, 4, "", 3); // deletes "cat", not having seen "fat"
        edit(view, 1, 11, " down", 0);
        assertThat(text(view)).isEqualTo("the fat  sat down");
        edit(view, 4, 0, "", 17);
        edit(view, 4, 4, "big ", 0); // meanwhile
        assertThat(text(view)).isEqualTo("big ");
    }

    @Test
    void whatWasNotSeenIsNotDeleted() {
        LocalView view = view();
        edit(view, 0, 0, "abcdef", 0);
        edit(view, 1, 3, "XYZ", 0);
        assertThat(String.valueOf(edit(view, 1, 1, "-", 4)))
                .contains("accepted=true")
                .contains("changes=5");
        assertThat(text(view)).isEqualTo("a-XYZf");
    }

    @Test
    void anEditOfWhatIsNotThereIsRefusedAndNothingChanges() {
        LocalView view = view();
        edit(view, 0, 0, "abc", 0);
        assertThat(String.valueOf(edit(view, 1, 2, "", 5)))
                .contains("accepted=false")
                .contains("3 characters");
        assertThat(String.valueOf(edit(view, 7, 0, "x", 0)))
                .contains("accepted=false")
                .contains("1 changes");
        assertThat(String.valueOf(edit(view, 1, -1, "x", 0))).contains("accepted=false");
        assertThat(text(view)).isEqualTo("abc");
    }

    @Test
    void whoMakesAllChangesHasTheTextAndEveryLetterOnceThatNobodyDeleted() {
        Seeds.each(SEEDS, EditorTest::live);
    }

    /** Makes the changes that were not seen yet. */
    private static void see(LocalView view, List<String> texts) {
        List<Editor.Change> changes = view.select(
                Editor.CHANGES, "d", Editor.CHANGES.path().then(key("d")).then(elements()));
        for (Editor.Change each : changes.subList(texts.size() - 1, changes.size())) {
            texts.add(each.made(texts.getLast()));
        }
    }

    private static void live(Random random) {
        LocalSimulation world =
                new LocalSimulation(Editor::new, 3, random).splitting("edits").takingOver();
        List<String> texts = new ArrayList<>(List.of("")); // after each number of changes
        TreeSet<Integer> there = new TreeSet<>();
        TreeSet<Integer> goneLater = new TreeSet<>();
        int next = 'A';
        for (int i = 0; i < 60; i++) {
            int seen = Math.max(0, texts.size() - 1 - random.nextInt(6));
            String saw = texts.get(seen);
            int at = random.nextInt(saw.length() + 1);
            int delete = random.nextInt(3) == 0 ? random.nextInt(Math.min(4, saw.length() - at) + 1) : 0;
            StringBuilder insert = new StringBuilder();
            for (int k = random.nextInt(4); k > 0; k--) {
                there.add(next);
                insert.append((char) next++);
            }
            saw.substring(at, at + delete).chars().forEach(goneLater::add);
            world.append(
                    "edits", "d", EDITS.encode(new Editor.Edit("d", "e" + i, seen, at, insert.toString(), delete)));
            see(world.view(), texts);
        }
        LocalView view = world.end();
        see(view, texts);
        assertThat(text(view)).isEqualTo(texts.getLast());
        there.removeAll(goneLater);
        assertThat(text(view).chars().boxed().toList()).containsExactlyInAnyOrderElementsOf(there);
    }
}
