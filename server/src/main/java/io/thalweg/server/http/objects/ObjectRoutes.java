package io.thalweg.server.http.objects;

import io.thalweg.memo.Authorship;
import io.thalweg.memo.Head;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.object.Projection;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.memo.slab.Durability;
import io.thalweg.memo.slab.Objects;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Objects and their memos. */
final class ObjectRoutes {
    private static final String TAG = "objects";
    private static final int BODY_BYTES_MAX = 1 << 20;

    private final ObjectCalls calls;

    ObjectRoutes(ObjectCalls calls) {
        this.calls = calls;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/objects/{object_id}")
                        .by(Access.READ)
                        .refuses(403, ObjectCalls.NO_READER)
                        .named("get_object", TAG, "An object as it is known here, or as of an older head.")
                        .header("Thalweg-Context", Shape.text(), "What the caller knows; the answer is never older.")
                        .refuses(400, "A parameter or header is not what is expected.")
                        .query("at", Shape.text(), "Memo ids of an older head, with commas between.")
                        .query("timeout", ObjectCalls.TIMEOUT, ObjectCalls.WAIT)
                        .sends(ObjectCalls.CONTEXT, Shape.text(), "What the caller knows now.")
                        .answers(200, "The object.", "Object")
                        .refuses(410, "What it was then was dropped: its topic's history is 'drop'.")
                        .refuses(504, "What the context knows did not come in time.")
                        .to(this::get),
                Route.patch("/objects/{object_id}")
                        .by(Access.WRITE)
                        .named("edit_object", TAG, "Change an object.")
                        .header("Thalweg-Context", Shape.text(), "What the caller knows; the answer is never older.")
                        .header("Idempotency-Key", Shape.text(), "Repetitions with the same key are one memo.")
                        .query("durability", Shape.integer(0, 100).orElse(0), "Wait for so many nines.")
                        .query("timeout", ObjectCalls.TIMEOUT, ObjectCalls.WAIT)
                        .takes(MediaTypes.JSON, "ObjectChanges")
                        .sends(ObjectCalls.CONTEXT, Shape.text(), "What the caller knows now.")
                        .sends(504, ObjectCalls.CONTEXT, Shape.text(), "What the caller knows now.")
                        .answers(200, "The change.", "ObjectWritten")
                        .refuses(
                                409, "The object is deleted, or the Idempotency-Key was used for another change of it.")
                        .refuses(504, "What the context knows did not come, or the nines were not reached, in time.")
                        .to(this::patch),
                Route.delete("/objects/{object_id}")
                        .by(Access.WRITE)
                        .named("delete_object", TAG, "Mark an object deleted, for ever.")
                        .header("Thalweg-Context", Shape.text(), "What the caller knows; the answer is never older.")
                        .header("Idempotency-Key", Shape.text(), "Repetitions with the same key are one memo.")
                        .refuses(400, "A parameter or header is not what is expected.")
                        .query("timeout", ObjectCalls.TIMEOUT, ObjectCalls.WAIT)
                        .refuses(504, "What the context knows did not come in time.")
                        .query("durability", Shape.integer(0, 100).orElse(0), "Wait for so many nines.")
                        .sends(ObjectCalls.CONTEXT, Shape.text(), "What the caller knows now.")
                        .sends(504, ObjectCalls.CONTEXT, Shape.text(), "What the caller knows now.")
                        .answers(200, "The deletion.", "ObjectWritten")
                        .to(this::delete),
                Route.get("/objects/{object_id}/history")
                        .by(Access.READ)
                        .refuses(403, ObjectCalls.NO_READER)
                        .named("get_object_history", TAG, "An object's memos, the newest first.")
                        .header("Thalweg-Context", Shape.text(), "What the caller knows; the answer is never older.")
                        .refuses(400, "A parameter or header is not what is expected.")
                        .query("timeout", ObjectCalls.TIMEOUT, ObjectCalls.WAIT)
                        .refuses(504, "What the context knows did not come in time.")
                        .sends(ObjectCalls.CONTEXT, Shape.text(), "What the caller knows now.")
                        .answers(200, "Memos with their precursors.", "MemoList")
                        .to(this::history),
                Route.get("/memos/{memo_id}")
                        .by(Access.READ)
                        .refuses(403, ObjectCalls.NO_READER)
                        .named("get_memo", TAG, "One memo.")
                        .answers(200, "The memo.", "Memo")
                        .to(this::memo),
                Route.get("/memos/{memo_id}/durability")
                        .by(Access.READ)
                        .refuses(403, ObjectCalls.NO_READER)
                        .named("get_memo_durability", TAG, "How durable a memo is, and who holds it.")
                        .answers(200, "Its score.", "MemoDurability")
                        .to(this::durability));
    }

    private void get(Call call) throws InterruptedException {
        MemoId id = ObjectCalls.id(call, "object_id");
        String at = call.query().text("at");
        List<MemoId> older = at == null
                ? List.of()
                : ObjectCalls.checked(() ->
                        List.of(at.split(",", -1)).stream().map(MemoId::parse).toList());
        record Read(Map<String, Object> object, String context) {}
        Read read = calls.withObject(call, id, (objects, history) -> {
            TopicModel model = ObjectCalls.readable(call, objects, history.topic());
            Projection projection = older.isEmpty() ? history.projection() : past(objects, id, older);
            Head head = older.isEmpty() ? history.head() : Head.of(older);
            return new Read(
                    ObjectForms.object(
                            history,
                            projection,
                            head.memos(),
                            ObjectCalls.topicName(objects.slab(), history.topic()),
                            model),
                    ObjectCalls.learned(call, objects, id, history.head()));
        });
        call.with(ObjectCalls.CONTEXT, read.context).reply(200, read.object);
    }

    private static Projection past(Objects objects, MemoId object, List<MemoId> older) throws IOException {
        Projection projection = objects.at(object, older);
        if (projection == null && objects.hasDropped(object)) {
            throw new ThalwegException(
                    ErrorCode.MEMO_GONE,
                    "what object " + object + " was then was dropped, as its topic's policy 'history' says");
        }
        if (projection == null) {
            throw new ThalwegException(ErrorCode.NOT_FOUND, "that is no head of object " + object);
        }
        return projection;
    }

    private void patch(Call call) throws InterruptedException {
        byte[] bytes = call.body(BODY_BYTES_MAX);
        JsonNode body = Json.read(bytes, JsonNode.class);
        write(call, ObjectCalls.nonce(call, bytes), model -> ObjectForms.changes(body, model));
    }

    private void delete(Call call) throws InterruptedException {
        write(call, ObjectCalls.nonce(call, new byte[0]), _ -> List.of(new Change.Delete()));
    }

    /** What a call changes, given what its topic allows. */
    private interface Wanted {
        List<Change> changes(TopicModel model);
    }

    private void write(Call call, UUID nonce, Wanted wanted) throws InterruptedException {
        MemoId id = ObjectCalls.id(call, "object_id");
        record Made(Memo memo, Head head, String context, Durability durability) {}
        Made made = calls.withObject(call, id, (objects, history) -> {
            if (history.object().equals(history.topic())) {
                throw ObjectCalls.noObject(id);
            }
            TopicModel model = ObjectCalls.model(objects, history.topic());
            TopicRights.requireWrite(call, model);
            Memo before = call.header("Idempotency-Key") == null ? null : repeated(objects, id, nonce);
            List<Change> changes = before != null ? List.of() : ObjectCalls.checked(() -> wanted.changes(model));
            if (history.projection().isDeleted()
                    && changes.stream().anyMatch(each -> !(each instanceof Change.Delete))) {
                throw new ThalwegException(
                        ErrorCode.OBJECT_DELETED, "object " + id + " is deleted, for ever: no change of it would show");
            }
            Memo memo =
                    before != null ? before : objects.edit(history, ObjectCalls.checked(() -> Edit.of(nonce, changes)));
            Head head = Head.of(memo.id());
            return new Made(
                    memo,
                    head,
                    ObjectCalls.learned(call, objects, id, head),
                    objects.slab().durability(memo.id()));
        });
        call.with(ObjectCalls.CONTEXT, made.context);
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("object_id", id.toString());
        reply.put("memo_id", made.memo.id().toString());
        reply.put("head", ObjectForms.ids(made.head.memos()));
        reply.put("durability", ObjectCalls.durability(calls.reached(call, made.memo.id(), made.durability)));
        call.reply(200, reply);
    }

    private static @Nullable Memo repeated(Objects objects, MemoId object, UUID nonce) throws IOException {
        Memo before = objects.repeated(object, nonce.getMostSignificantBits());
        if (before != null && !Edit.decode(before.body()).nonce().equals(nonce)) {
            throw new ThalwegException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "this Idempotency-Key was used for another change of the object, memo " + before.id());
        }
        return before;
    }

    private void history(Call call) throws InterruptedException {
        MemoId id = ObjectCalls.id(call, "object_id");
        List<Map<String, Object>> memos = calls.withObject(call, id, (objects, history) -> {
            ObjectCalls.readable(call, objects, history.topic());
            List<Map<String, Object>> found = new ArrayList<>();
            for (MemoId each : objects.history(id)) {
                Memo memo = objects.slab().read(each);
                Objects.Skeleton dropped = memo == null ? objects.dropped(each) : null;
                if (memo != null) {
                    found.add(MemoForms.shown(memo));
                } else if (dropped != null) {
                    found.add(MemoForms.shown(each, dropped));
                }
            }
            return found;
        });
        call.reply(200, Map.of("memos", memos));
    }

    private void memo(Call call) throws InterruptedException {
        Objects.Skeleton dropped = dropped(call);
        if (dropped != null) {
            call.reply(200, MemoForms.shown(ObjectCalls.id(call, "memo_id"), dropped));
            return;
        }
        Memo memo = own(call);
        Map<String, Object> reply = MemoForms.shown(memo);
        Authorship author = calls.slab().<@Nullable Authorship>ask((_, slab) -> slab.authorship(memo.id()));
        if (author != null) {
            reply.put("author", author.keyText());
        }
        call.reply(200, reply);
    }

    private void durability(Call call) throws InterruptedException {
        Memo memo = own(call);
        Durability known = calls.slab().<Durability>ask((_, slab) -> slab.durability(memo.id()));
        Map<String, Object> reply = ObjectCalls.durability(known);
        reply.put("horizon_seconds", known.horizonSeconds());
        List<Map<String, Object>> holders = new ArrayList<>();
        for (Durability.Copy copy : known.copies()) {
            holders.add(Map.of(
                    "slab", copy.slab().toString(),
                    "state", copy.leaving() ? "leaving" : "resident",
                    "domain", copy.domain(),
                    "silent_seconds", copy.silentSeconds()));
        }
        reply.put("holders", holders);
        call.reply(200, reply);
    }

    /** What stays of a memo of the caller's tenant that was dropped; null when it was not. */
    private Objects.@Nullable Skeleton dropped(Call call) throws InterruptedException {
        MemoId id = ObjectCalls.id(call, "memo_id");
        return calls.slab().<Objects.@Nullable Skeleton>ask((objects, _) -> {
            Objects.Skeleton found = objects.dropped(id);
            if (found == null || !found.tenant().equals(call.tenantId())) {
                return null;
            }
            MemoId topic = found.topic();
            if (topic != null) {
                ObjectCalls.readable(call, objects, topic);
            }
            return found;
        });
    }

    /** A memo of the caller's tenant. */
    private Memo own(Call call) throws InterruptedException {
        MemoId id = ObjectCalls.id(call, "memo_id");
        return calls.slab().<Memo>ask((objects, slab) -> {
            Memo memo = slab.read(id);
            if (memo == null || !memo.tenant().equals(call.tenantId())) {
                throw new ThalwegException(ErrorCode.NOT_FOUND, "there is no memo " + id);
            }
            MemoId topic = memo.within();
            TopicModel model = topic == null ? null : objects.model(topic);
            if (model != null) {
                TopicRights.requireRead(call, model);
            }
            return memo;
        });
    }
}
