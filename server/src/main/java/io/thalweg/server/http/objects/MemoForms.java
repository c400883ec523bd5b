package io.thalweg.server.http.objects;

import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.memo.slab.Objects;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How memos look in JSON, in replies and in events of logs that topics feed. */
public final class MemoForms {
    private MemoForms() {}

    /** A memo, with what it changes. */
    public static Map<String, Object> shown(Memo memo) {
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("memo_id", memo.id().toString());
        reply.put("kind", memo.kind().name().toLowerCase(Locale.ROOT));
        MemoId object = memo.about();
        if (object != null) {
            reply.put("object_id", object.toString());
        }
        reply.put("precursors", ObjectForms.ids(memo.precursors()));
        reply.put("references", ObjectForms.ids(memo.references()));
        switch (memo.kind()) {
            case CREATE, EDIT ->
                reply.put(
                        "changes",
                        Edit.decode(memo.body()).changes().stream()
                                .map(MemoForms::shown)
                                .toList());
            case TOPIC -> reply.put("name", TopicModel.name(memo));
            case KEYFRAME, INDEX, BEAT -> reply.put("bytes", memo.body().length);
        }
        return reply;
    }

    /** What stays of a memo that was dropped for good. */
    static Map<String, Object> shown(MemoId id, Objects.Skeleton dropped) {
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("memo_id", id.toString());
        reply.put("kind", dropped.kind().name().toLowerCase(Locale.ROOT));
        reply.put("object_id", dropped.object().toString());
        reply.put("precursors", ObjectForms.ids(dropped.precursors()));
        reply.put("references", List.of());
        reply.put("dropped", true);
        return reply;
    }

    /** A memo without what it changes, which {@code GET /memos/{id}} tells. */
    public static Map<String, Object> named(Memo memo) {
        Map<String, Object> reply = shown(memo);
        if (reply.remove("changes") != null) {
            reply.put("changes_left_out", true);
        }
        return reply;
    }

    private static Map<String, Object> shown(Change change) {
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("change", name(change));
        if (!change.field().isEmpty()) {
            reply.put("field", change.field());
        }
        switch (change) {
            case Change.SetLast set -> put(reply, "value", ObjectForms.json(set.value()));
            case Change.SetAll set -> put(reply, "value", ObjectForms.json(set.value()));
            case Change.Insert insert -> put(reply, "value", ObjectForms.json(insert.value()));
            case Change.Remove remove -> put(reply, "value", ObjectForms.json(remove.value()));
            case Change.Add add -> reply.put("by", ObjectForms.whole(BigInteger.valueOf(add.by())));
            case Change.Relate relate -> reply.put("object", relate.object().toString());
            case Change.UnsetLast _, Change.UnsetAll _, Change.Unrelate _, Change.Delete _ -> {}
        }
        return reply;
    }

    private static void put(Map<String, Object> reply, String name, @Nullable Object value) {
        if (value != null) {
            reply.put(name, value);
        }
    }

    private static String name(Change change) {
        return change.getClass()
                .getSimpleName()
                .replaceAll("(?<=[a-z])(?=[A-Z])", "_")
                .toLowerCase(Locale.ROOT);
    }
}
