package io.thalweg.server.http.objects;

import io.thalweg.memo.Head;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Edit;
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
import io.thalweg.server.slab.Ties;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/** Topics, and the objects in them. */
final class TopicRoutes {
    private static final String TAG = "objects";
    private static final int BODY_BYTES_MAX = 1 << 20;

    private final ObjectCalls calls;
    private final Ties ties;
    private final CreationKeys keys = new CreationKeys();

    TopicRoutes(ObjectCalls calls, Ties ties) {
        this.calls = calls;
        this.ties = ties;
    }

    List<Route> routes() {
        return List.of(
                Route.put("/topics/{topic}")
                        .by(Access.MANAGE)
                        .named("put_topic", TAG, "Create a topic, or add fields and relationships to one.")
                        .takes(MediaTypes.JSON, "NewTopic")
                        .header("Idempotency-Key", Shape.text(), "Repetitions with the same key are one memo.")
                        .header("Thalweg-Context", Shape.text(), "What the caller knows; the answer is never older.")
                        .query("timeout", ObjectCalls.TIMEOUT, ObjectCalls.WAIT)
                        .sends(ObjectCalls.CONTEXT, Shape.text(), "What the caller knows now.")
                        .refuses(504, "What the context knows did not come in time.")
                        .answers(200, "The topic as it is now.", "Topic")
                        .refuses(403, "The topic names readers or writers, and the caller is not of both.")
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
                        .header("Thalweg-Context", Shape.text(), "What the caller knows; the answer is never older.")
                        .header("Idempotency-Key", Shape.text(), "Repetitions with the same key are one memo.")
                        .query("durability", Shape.integer(0, 100).orElse(0), "Wait for so many nines.")
                        .query("timeout", ObjectCalls.TIMEOUT, ObjectCalls.WAIT)
                        .takes(MediaTypes.JSON, "ObjectChanges")
                        .sends(ObjectCalls.CONTEXT, Shape.text(), "What the caller knows now.")
                        .sends(504, ObjectCalls.CONTEXT, Shape.text(), "What the caller knows now.")
                        .answers(201, "The object.", "ObjectWritten")
                        .refuses(409, "The key was used for another object.")
                        .refuses(504, "The nines were not reached in time; the object stays.")
                        .to(this::create));
    }

    private void put(Call call) throws InterruptedException {
        String name = call.path("topic");
        JsonNode body = Json.read(call.body(BODY_BYTES_MAX), JsonNode.class);
        MemoId id = topic(call);
        UUID nonce = ObjectCalls.nonce(call);
        record Put(Known known, String context) {}
        Put put = calls.<Put>afterContext(call, (objects, _) -> {
            TopicModel before = objects.model(id);
            TopicModel.Policy policy = before == null ? TopicModel.Policy.DEFAULT : before.policy();
            if (before != null) {
                // Whoever may change a topic may give himself its rights, and feed what he reads to others.
                TopicRights.requireWrite(call, before);
                TopicRights.requireRead(call, before);
            }
            TopicModel wanted = ObjectCalls.checked(() -> ObjectForms.model(body, policy));
            SearchRoutes.requireFindable(wanted);
            TopicRights.requireLogs(call, ties, policy, wanted.policy());
            requireWhole(objects, id, wanted.policy());
            try {
                TopicModel model = objects.topic(call.tenantId(), name, wanted, nonce);
                return new Put(known(call, objects, model), learned(call, objects, id));
            } catch (IllegalArgumentException e) {
                throw new ThalwegException(ErrorCode.ALREADY_EXISTS, String.valueOf(e.getMessage()), e);
            }
        });
        call.with(ObjectCalls.CONTEXT, put.context).reply(200, shown(call, id, put.known));
    }

    /** A log is fed with whole memos, and follows into whole ones. */
    private static void requireWhole(Objects objects, MemoId topic, TopicModel.Policy wanted) {
        if (objects.mayHaveDropped(topic)
                && !(wanted.feeds().isEmpty() && wanted.follows().isEmpty())) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "the topic's 'history' is or was 'drop', so that not all of its memos are there: it can neither"
                            + " feed nor follow a log");
        }
    }

    private static String learned(Call call, Objects objects, MemoId topic) throws IOException {
        return objects.find(topic) instanceof Objects.Found.Here here
                ? ObjectCalls.learned(call, objects, topic, here.history().head())
                : ObjectCalls.context(call).token();
    }

    private static MemoId topic(Call call) {
        return ObjectCalls.checked(() -> Objects.topicId(call.tenantId(), call.path("topic")));
    }

    private void get(Call call) throws InterruptedException {
        MemoId id = topic(call);
        call.reply(
                200,
                shown(
                        call,
                        id,
                        calls.slab().<Known>ask((objects, _) -> known(call, objects, ObjectCalls.model(objects, id)))));
    }

    /** @param targetNines the topic's own, its tenant's, or the usual one */
    private record Known(TopicModel model, double targetNines) {}

    private static Known known(Call call, Objects objects, TopicModel model) {
        TopicModel ofAll = objects.model(Objects.topicId(call.tenantId(), TopicModel.DEFAULTS));
        return new Known(
                model,
                model.policy().target().orElse(ofAll == null ? TopicModel.TARGET_NINES_DEFAULT : ofAll.targetNines()));
    }

    private Map<String, Object> shown(Call call, MemoId topic, Known known) {
        TopicModel model = known.model;
        Map<String, Object> reply = ObjectForms.model(call.path("topic"), model, known.targetNines);
        List<Map<String, Object>> all = new ArrayList<>();
        for (Ties.Status tie : ties.of(call.tenantId(), topic, model.policy())) {
            Map<String, Object> shown = new LinkedHashMap<>();
            shown.put("log_id", tie.log().toString());
            shown.put("partition", tie.partition());
            shown.put("way", tie.feeds() ? "feeds" : "follows");
            shown.put("state", tie.state().name().toLowerCase(Locale.ROOT));
            shown.put("reason", tie.reason());
            shown.put("left_out", tie.leftOut());
            all.add(shown);
        }
        reply.put("ties", all);
        return reply;
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
        JsonNode body = Json.read(call.body(BODY_BYTES_MAX), JsonNode.class);
        UUID nonce = ObjectCalls.nonce(call);
        record Made(Memo memo, String context, Durability durability) {}
        Made made = calls.<Made>afterContext(call, (objects, _) -> {
            TopicModel model = ObjectCalls.model(objects, topic);
            TopicRights.requireWrite(call, model);
            List<Change> changes = ObjectCalls.checked(() -> ObjectForms.changes(body, model));
            boolean repeats = call.header("Idempotency-Key") != null;
            Edit edit = ObjectCalls.checked(() -> Edit.of(nonce, changes));
            if (repeats) {
                keys.require(call.tenantId(), topic, nonce, edit.encode());
            }
            Memo memo = objects.create(call.tenantId(), topic, edit);
            if (repeats) {
                keys.made(call.tenantId(), topic, nonce, edit.encode());
            }
            return new Made(
                    memo,
                    ObjectCalls.learned(call, objects, memo.id(), Head.of(memo.id())),
                    objects.slab().durability(memo.id()));
        });
        call.with(ObjectCalls.CONTEXT, made.context);
        call.reply(201, written(made.memo, Head.of(made.memo.id()), made.durability, call));
    }

    private Map<String, Object> written(Memo memo, Head head, Durability first, Call call) throws InterruptedException {
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("object_id", memo.id().toString());
        reply.put("memo_id", memo.id().toString());
        reply.put("head", ObjectForms.ids(head.memos()));
        reply.put("durability", ObjectCalls.durability(calls.reached(call, memo.id(), first)));
        return reply;
    }
}
