package io.thalweg.server.http.objects;

import io.thalweg.memo.Head;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.object.ObjectHistory;
import io.thalweg.memo.object.Projection;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.memo.slab.Objects;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Topics, and the objects in them. */
final class TopicRoutes {
    private static final String TAG = "objects";
    private static final int BODY_BYTES_MAX = 1 << 20;
    private static final int PAGE_DEFAULT = 100;
    private static final int PAGE_MAX = 1000;
    private static final Set<String> OURS = Set.of("limit", "page", "timeout");

    private final ObjectCalls calls;

    TopicRoutes(ObjectCalls calls) {
        this.calls = calls;
    }

    List<Route> routes() {
        return List.of(
                Route.put("/topics/{topic}")
                        .by(Access.MANAGE)
                        .named("put_topic", TAG, "Create a topic, or add fields and relationships to one.")
                        .takes(MediaTypes.JSON, "NewTopic")
                        .header("Idempotency-Key", "string", "Repetitions with the same key are one memo.")
                        .answers(200, "The topic as it is now.", "Topic")
                        .refuses(409, "A field or relationship would change; only new ones can be added.")
                        .to(this::put),
                Route.get("/topics/{topic}")
                        .by(Access.READ)
                        .named("get_topic", TAG, "A topic's fields, relationships and target.")
                        .answers(200, "The topic.", "Topic")
                        .refuses(400, "That can be no topic's name.")
                        .to(this::get),
                Route.get("/topics")
                        .by(Access.READ)
                        .named("list_topics", TAG, "The topics that this node knows.")
                        .answers(200, "All of them.", "TopicList")
                        .to(this::list),
                Route.post("/topics/{topic}/objects")
                        .by(Access.WRITE)
                        .named("create_object", TAG, "Create an object.")
                        .header("Thalweg-Context", "string", "What the caller knows; the answer is never older.")
                        .header("Idempotency-Key", "string", "Repetitions with the same key are one memo.")
                        .query("durability", "integer", "Wait for so many nines.")
                        .query("timeout", "integer", "Longest wait in milliseconds, 30000 if missing, at most 120000.")
                        .takes(MediaTypes.JSON, "ObjectChanges")
                        .answers(201, "The object.", "ObjectWritten")
                        .refuses(504, "The nines were not reached in time; the object stays.")
                        .to(this::create),
                Route.get("/topics/{topic}/objects")
                        .by(Access.READ)
                        .named("find_objects", TAG, "Objects of a topic, by indexed fields.")
                        .passesParameters()
                        .query("limit", "integer", "Objects in one page, 100 if missing, at most 1000.")
                        .query("page", "string", "Where the page before ended.")
                        .answers(200, "Objects in the order of their ids.", "ObjectPage")
                        .refuses(400, "A field is not indexed.")
                        .to(this::find));
    }

    private void put(Call call) throws InterruptedException {
        String name = call.path("topic");
        JsonNode body = Json.read(call.body(BODY_BYTES_MAX), JsonNode.class);
        MemoId id = topic(call);
        UUID nonce = ObjectCalls.nonce(call);
        TopicModel now = calls.slab().ask((objects, _) -> {
            TopicModel before = objects.model(id);
            double target = before == null ? TopicModel.TARGET_NINES_DEFAULT : before.targetNines();
            TopicModel wanted = ObjectCalls.checked(() -> ObjectForms.model(body, target));
            try {
                return objects.topic(call.tenantId(), name, wanted, nonce);
            } catch (IllegalArgumentException e) {
                throw new ThalwegException(ErrorCode.ALREADY_EXISTS, String.valueOf(e.getMessage()), e);
            }
        });
        call.reply(200, ObjectForms.model(name, now));
    }

    private static MemoId topic(Call call) {
        return ObjectCalls.checked(() -> Objects.topicId(call.tenantId(), call.path("topic")));
    }

    private void get(Call call) throws InterruptedException {
        MemoId id = topic(call);
        call.reply(
                200,
                calls.slab()
                        .<Map<String, Object>>ask(
                                (objects, _) -> ObjectForms.model(call.path("topic"), ObjectCalls.model(objects, id))));
    }

    private void list(Call call) throws InterruptedException {
        List<String> names = calls.slab().<List<String>>ask((objects, slab) -> {
            List<String> found = new ArrayList<>();
            for (MemoId topic : objects.topics(call.tenantId())) {
                found.add(ObjectCalls.topicName(slab, topic));
            }
            return found.stream().sorted().toList();
        });
        call.reply(200, Map.of("topics", names));
    }

    private void create(Call call) throws InterruptedException {
        MemoId topic = topic(call);
        byte[] bytes = call.body(BODY_BYTES_MAX);
        JsonNode body = Json.read(bytes, JsonNode.class);
        UUID nonce = ObjectCalls.nonce(call);
        record Made(Memo memo, String context) {}
        Made made = calls.slab().<Made>ask((objects, _) -> {
            TopicModel model = ObjectCalls.model(objects, topic);
            List<Change> changes = ObjectCalls.checked(() -> ObjectForms.changes(body, model));
            Memo memo = objects.create(call.tenantId(), topic, ObjectCalls.checked(() -> Edit.of(nonce, changes)));
            return new Made(memo, ObjectCalls.learned(call, objects, memo.id(), Head.of(memo.id())));
        });
        call.with(ObjectCalls.CONTEXT, made.context);
        call.reply(201, written(made.memo, Head.of(made.memo.id()), call));
    }

    private Map<String, Object> written(Memo memo, Head head, Call call) throws InterruptedException {
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("object_id", memo.id().toString());
        reply.put("memo_id", memo.id().toString());
        reply.put("head", ObjectForms.ids(head.memos()));
        reply.put("durability", ObjectCalls.durability(calls.reached(call, memo.id())));
        return reply;
    }

    private void find(Call call) throws InterruptedException {
        MemoId topic = topic(call);
        int limit = (int) call.query().number("limit", PAGE_DEFAULT, 1, PAGE_MAX);
        String page = call.query().text("page");
        MemoId after = page == null ? null : ObjectCalls.checked(() -> MemoId.parse(page));
        Map<String, String> wanted = new TreeMap<>();
        call.query().forEach((name, value) -> {
            if (!OURS.contains(name)) {
                wanted.put(name, value);
            }
        });
        call.reply(
                200,
                calls.slab()
                        .<Map<String, Object>>ask((objects, _) -> found(call, objects, topic, wanted, after, limit)));
    }

    private static Map<String, Object> found(
            Call call, Objects objects, MemoId topic, Map<String, String> wanted, @Nullable MemoId after, int limit)
            throws IOException {
        TopicModel model = ObjectCalls.model(objects, topic);
        for (String name : wanted.keySet()) {
            TopicModel.Field field = model.fields().get(name);
            if (field == null || !field.indexed()) {
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST, "'" + name + "' is no indexed field of topic " + call.path("topic"));
            }
        }
        List<Map<String, Object>> found = new ArrayList<>();
        String next = null;
        for (MemoId object : objects.objects(topic)) {
            if ((after != null && object.compareTo(after) <= 0)
                    || !(objects.find(object) instanceof Objects.Found.Here here)) {
                continue;
            }
            ObjectHistory history = here.history();
            if (history.projection().isDeleted() || !matches(history.projection(), model, wanted)) {
                continue;
            }
            if (found.size() == limit) {
                next = String.valueOf(found.getLast().get("object_id"));
                break;
            }
            found.add(ObjectForms.object(
                    history, history.projection(), history.head().memos(), call.path("topic"), model));
        }
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("objects", found);
        if (next != null) {
            reply.put("next", next);
        }
        return reply;
    }

    private static boolean matches(Projection object, TopicModel model, Map<String, String> wanted) {
        Map<String, Object> fields = ObjectForms.fields(object, model);
        return wanted.entrySet().stream().allMatch(each -> {
            Object value = fields.get(each.getKey());
            return value instanceof List<?> several
                    ? several.stream().anyMatch(one -> String.valueOf(one).equals(each.getValue()))
                    : value != null && String.valueOf(value).equals(each.getValue());
        });
    }
}
