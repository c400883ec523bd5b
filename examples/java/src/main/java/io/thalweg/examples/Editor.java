package io.thalweg.examples;

import static io.thalweg.index.path.Lists.afterElem;
import static io.thalweg.index.path.Lists.elements;
import static io.thalweg.index.path.Lists.size;
import static io.thalweg.index.path.Lists.sublist;
import static io.thalweg.index.path.Maps.key;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Documents that several people edit at once. Whoever edits says which changes he had seen; what came since is worked into his edit, so that it means
 * what he meant: text comes in between what it was put between, and what goes is what he saw. Who follows {@code changes} of a document
 * and makes each of them has the same text as everybody.
 */
public final class Editor implements View {
    /**
     * A command, which is answered.
     *
     * @param seen how many changes of the document its editor had seen
     * @param at where in the text of then, in characters
     * @param insert what comes in there, null for nothing
     * @param delete how many characters go from there
     */
    public record Edit(
            String document,
            String editor,
            long seen,
            long at,
            @Nullable String insert,
            long delete) {}

    /** A change of the text as those before it have left it: some comes in at a place, or some goes from there. */
    public record Change(String editor, long at, String insert, long delete) {
        String made(String text) {
            if (at < 0 || delete < 0 || at + delete > text.length()) {
                throw new IllegalArgumentException("the text has " + text.length() + " characters");
            }
            return text.substring(0, (int) at) + insert + text.substring((int) (at + delete));
        }
    }

    /** What an edit is answered with: how many changes there are now, or why it was refused. */
    public record Answer(
            boolean accepted, long changes, @Nullable String reason) {}

    public static final Index<Map<String, String>> TEXTS = Index.of("texts", Schema.map(String.class, String.class));
    public static final Index<Map<String, List<Change>>> CHANGES =
            Index.of("changes", Schema.map(String.class, Schema.list(Change.class)));

    @Override
    public void declare(Declaration view) {
        view.index(TEXTS);
        view.index(CHANGES);
        view.log("edits", Codec.json(Edit.class), Edit::document, (step, edit) -> {
            var texts = step.index(TEXTS).at(key(edit.document()));
            var changes = step.index(CHANGES).at(key(edit.document()));
            long there = changes.then(size()).orElse(0L);
            if (edit.seen() < 0 || edit.seen() > there) {
                step.answer(new Answer(false, there, "the document has " + there + " changes, not " + edit.seen()));
                return;
            }
            List<Change> wanted = changes(edit);
            for (Change other :
                    changes.then(sublist(edit.seen(), there)).then(elements()).all()) {
                wanted = wanted.stream()
                        .flatMap(each -> after(each, other).stream())
                        .toList();
            }
            String text = texts.orElse("");
            try {
                for (Change each : wanted) {
                    text = each.made(text);
                }
            } catch (IllegalArgumentException e) {
                step.answer(new Answer(false, there, e.getMessage()));
                return;
            }
            wanted.forEach(each -> changes.then(afterElem()).set(each));
            texts.set(text);
            step.answer(new Answer(true, there + wanted.size(), null));
        });
    }

    /** What goes first: what comes in at its place stays there. */
    private static List<Change> changes(Edit edit) {
        List<Change> changes = new ArrayList<>();
        if (edit.delete() != 0) {
            changes.add(new Change(edit.editor(), edit.at(), "", edit.delete()));
        }
        if (edit.insert() != null && !edit.insert().isEmpty()) {
            changes.add(new Change(edit.editor(), edit.at(), edit.insert(), 0));
        }
        return changes;
    }

    /** A change as it is to be made when another, which its editor did not know of, has been made; later places first, so that none moves the next. */
    static List<Change> after(Change change, Change other) {
        long end = change.at + change.delete;
        if (!other.insert.isEmpty()) {
            long more = other.insert.length();
            if (other.at >= end && !(change.delete == 0 && other.at == change.at)) {
                return List.of(change);
            }
            if (other.at <= change.at) {
                return List.of(new Change(change.editor, change.at + more, change.insert, change.delete));
            }
            // What came in between is nobody's to delete who has not seen it.
            return List.of(
                    new Change(change.editor, other.at + more, "", end - other.at),
                    new Change(change.editor, change.at, "", other.at - change.at));
        }
        long otherEnd = other.at + other.delete;
        long at = moved(change.at, other.at, otherEnd);
        long left = moved(end, other.at, otherEnd) - at;
        return change.insert.isEmpty() && left == 0
                ? List.of()
                : List.of(new Change(change.editor, at, change.insert, left));
    }

    /** Where a place is when what lay between two others is gone. */
    private static long moved(long place, long from, long to) {
        return place <= from ? place : place >= to ? place - (to - from) : from;
    }
}
