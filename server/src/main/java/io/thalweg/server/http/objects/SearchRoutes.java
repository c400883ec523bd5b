package io.thalweg.server.http.objects;

import io.thalweg.memo.Head;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.ObjectHistory;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.memo.object.Value;
import io.thalweg.memo.slab.Objects;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.HeaderWords;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import io.thalweg.server.slab.Subscriptions;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The objects of a topic: found by their indexed fields, and told of as they change. */
final class SearchRoutes {
    private static final String TAG = "objects";
    private static final int PAGE_DEFAULT = 100;
    private static final int PAGE_MAX = 1000;

    /** Objects that are looked at for a page, deleted ones among them, on the slab's thread: a page may have fewer than are asked for, and say where to go on. */
    private static final int LOOKED_MAX = 2 * PAGE_MAX;

    private static final Set<String> OURS = Set.of("limit", "page", "timeout");

    /** A comment line, so that who is between does not take a quiet stream for a dead one. */
    private static final byte[] HEARTBEAT = ": \n\n".getBytes(StandardCharsets.US_ASCII);

    private static final Duration GLANCE = Duration.ofSeconds(1);
    private static final int GLANCES_PER_HEARTBEAT = 15;

    private final ObjectCalls calls;

    SearchRoutes(ObjectCalls calls) {
        this.calls = calls;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/topics/{topic}/objects")
                        .by(Access.READ)
                        .refuses(403, ObjectCalls.NO_READER)
                        .named(
                                "find_objects",
                                TAG,
                                "Objects of a topic, by indexed fields and by the objects to which they are related.")
                        .passesParameters()
                        .query("limit", Shape.integer(1, PAGE_MAX).orElse(PAGE_DEFAULT), "Objects in one page.")
                        .query(
                                "page",
                                Shape.text(),
                                "Where the page before ended: its next, also where it has fewer objects than the"
                                        + " limit.")
                        .header("Thalweg-Context", Shape.text(), "What the caller knows; the answer is never older.")
                        .query("timeout", ObjectCalls.TIMEOUT, ObjectCalls.WAIT)
                        .sends(ObjectCalls.CONTEXT, Shape.text(), "What the caller knows now.")
                        .refuses(504, "What the context knows did not come in time.")
                        .answers(200, "Objects in the order of their ids.", "ObjectPage")
                        .refuses(400, "A field is not indexed and no relationship, or the value is none of its type.")
                        .to(this::find),
                Route.get("/topics/{topic}/objects/subscribe")
                        .by(Access.READ)
                        .refuses(403, ObjectCalls.NO_READER)
                        .named("subscribe_objects", TAG, "Changed objects of a topic, as server-sent events.")
                        .passesParameters()
                        .header(
                                "Last-Event-ID",
                                Shape.text(),
                                "Its reader was away: the first event is 'resync', since what changed meanwhile is not"
                                        + " remembered.")
                        .answers(
                                200,
                                "An event 'change' for each object that changed, with what it is now; 'resync' when"
                                        + " some were missed; 'end' with the reason.",
                                MediaTypes.SSE,
                                null)
                        .refuses(400, "A field is not indexed and no relationship, or the value is none of its type.")
                        .refuses(503, "Too many subscriptions on this slab.")
                        .to(this::subscribe));
    }

    private static MemoId topic(Call call) {
        return ObjectCalls.checked(() -> Objects.topicId(call.tenantId(), call.path("topic")));
    }

    /** Refuses what objects are found by when a query could not name it. */
    static void requireFindable(TopicModel model) {
        Stream.concat(
                        model.fields().entrySet().stream()
                                .filter(field -> field.getValue().indexed())
                                .map(Map.Entry::getKey),
                        model.relationships().keySet().stream())
                .filter(OURS::contains)
                .findFirst()
                .ifPresent(name -> {
                    throw new ThalwegException(
                            ErrorCode.INVALID_REQUEST,
                            "'" + name + "' is a parameter of queries, so that no indexed field and no relationship"
                                    + " can be called so; nor can one be called any of "
                                    + OURS.stream().sorted().toList());
                });
    }

    /** What the caller asks of a field, or of a relationship. */
    private sealed interface Wanted {
        record InField(Value value) implements Wanted {}

        record Related(MemoId object) implements Wanted {}
    }

    /** What the caller asks of fields and relationships: the parameters that are not ours. */
    private static Map<String, Wanted> wanted(Call call, TopicModel model) {
        Map<String, Wanted> wanted = new TreeMap<>();
        call.query().forEach((name, text) -> {
            if (OURS.contains(name)) {
                return;
            }
            if (wanted.containsKey(name)) {
                throw new ThalwegException(ErrorCode.INVALID_REQUEST, "'" + name + "' is asked for twice");
            }
            TopicModel.Field field = model.fields().get(name);
            if (field != null && field.indexed()) {
                wanted.put(
                        name,
                        new Wanted.InField(ObjectCalls.checked(() -> ObjectForms.ofText(name, field.type(), text))));
            } else if (field == null && model.relationships().containsKey(name)) {
                wanted.put(name, new Wanted.Related(ObjectCalls.checked(() -> MemoId.parse(text))));
            } else {
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST,
                        "'" + name + "' is no indexed field and no relationship of topic " + call.path("topic"));
            }
        });
        return wanted;
    }

    /** The objects of which all holds that is asked for, in the order of their ids, behind one of them. */
    private static Collection<MemoId> matching(
            Objects objects, MemoId topic, TopicModel model, Map<String, Wanted> wanted, @Nullable MemoId after) {
        NavigableSet<MemoId> found =
                wanted.isEmpty() ? objects.objects(topic) : matching(objects, topic, model, wanted);
        return after == null ? found : found.tailSet(after, false);
    }

    private static NavigableSet<MemoId> matching(
            Objects objects, MemoId topic, TopicModel model, Map<String, Wanted> wanted) {
        NavigableSet<MemoId> found = null;
        for (Map.Entry<String, Wanted> each : wanted.entrySet()) {
            NavigableSet<MemoId> those = switch (each.getValue()) {
                case Wanted.InField in -> objects.objects(topic, model, each.getKey(), in.value);
                case Wanted.Related related -> objects.related(topic, model, each.getKey(), related.object);
            };
            if (found == null) {
                found = new TreeSet<>(those);
            } else {
                found.retainAll(those);
            }
        }
        return found == null ? new TreeSet<>() : found;
    }

    private void find(Call call) throws InterruptedException {
        MemoId topic = topic(call);
        int limit = (int) call.query().number("limit", PAGE_DEFAULT, 1, PAGE_MAX);
        String page = call.query().text("page");
        MemoId after = page == null ? null : ObjectCalls.checked(() -> MemoId.parse(page));
        Page found = calls.afterContext(call, (objects, _) -> found(call, objects, topic, after, limit));
        call.with(ObjectCalls.CONTEXT, found.context).reply(200, found.objects);
    }

    private record Page(Map<String, Object> objects, String context) {}

    private static Page found(Call call, Objects objects, MemoId topic, @Nullable MemoId after, int limit)
            throws IOException {
        TopicModel model = ObjectCalls.readable(call, objects, topic);
        Map<MemoId, Head> heads = new LinkedHashMap<>();
        List<Map<String, Object>> found = new ArrayList<>();
        String next = null;
        int looked = 0;
        MemoId before = topic;
        for (MemoId object : matching(objects, topic, model, wanted(call, model), after)) {
            if (looked++ == LOOKED_MAX) {
                next = String.valueOf(before);
                break;
            }
            before = object;
            Map<String, Object> shown = shown(call, objects, model, object);
            if (shown == null || Boolean.TRUE.equals(shown.get("deleted"))) {
                continue;
            }
            if (found.size() == limit) {
                next = String.valueOf(found.getLast().get("object_id"));
                break;
            }
            found.add(shown);
            if (objects.find(object) instanceof Objects.Found.Here here) {
                heads.put(object, here.history().head());
            }
        }
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("objects", found);
        if (next != null) {
            reply.put("next", next);
        }
        return new Page(reply, ObjectCalls.learned(call, objects, heads));
    }

    /** An object as it is here now; null when it cannot be read here now. */
    private static @Nullable Map<String, Object> shown(Call call, Objects objects, TopicModel model, MemoId object) {
        if (!(objects.find(object) instanceof Objects.Found.Here here)) {
            return null;
        }
        ObjectHistory history = here.history();
        return ObjectForms.object(history, history.projection(), history.head().memos(), call.path("topic"), model);
    }

    private void subscribe(Call call) throws Exception {
        MemoId topic = topic(call);
        calls.slab().<Map<String, Wanted>>ask((objects, _) -> wanted(call, ObjectCalls.readable(call, objects, topic)));
        call.with("Cache-Control", "no-store");
        try (Subscriptions.Subscription subscription = calls.slab().subscribe(call.tenantId(), topic)) {
            call.stream(MediaTypes.SSE, out -> {
                out.write("retry: 1000\n\n".getBytes(StandardCharsets.US_ASCII));
                if (call.header(HeaderWords.LAST_EVENT_ID) != null) {
                    // Nobody remembers what changed while its reader was away.
                    event(out, "resync", null, Map.of("reason", "you were away: read the topic anew"));
                }
                follow(call, topic, subscription, out);
            });
        }
    }

    private void follow(Call call, MemoId topic, Subscriptions.Subscription subscription, OutputStream out)
            throws IOException, InterruptedException {
        int quiet = 0;
        while (true) {
            List<MemoId> changed = subscription.take(GLANCE);
            String ended = calls.ended(call);
            if (ended != null) {
                event(out, "end", null, Map.of("reason", ended));
                return;
            }
            if (subscription.overflowed()) {
                event(out, "resync", null, Map.of("reason", "more changed than was remembered: read the topic anew"));
            }
            if (changed.isEmpty()) {
                if (++quiet % GLANCES_PER_HEARTBEAT == 0) {
                    out.write(HEARTBEAT);
                }
                continue;
            }
            quiet = 0;
            List<Map<String, Object>> shown;
            try {
                // Read behind a flush, so that nothing is told that a crash could take back.
                shown = calls.slab().ask((objects, _) -> changed(call, objects, topic, changed));
            } catch (ThalwegException e) {
                event(out, "end", null, Map.of("reason", String.valueOf(e.getMessage())));
                return;
            }
            for (Map<String, Object> each : shown) {
                event(out, "change", String.valueOf(each.get("object_id")), each);
            }
        }
    }

    private static List<Map<String, Object>> changed(Call call, Objects objects, MemoId topic, List<MemoId> changed) {
        TopicModel model = ObjectCalls.readable(call, objects, topic);
        Map<String, Wanted> wanted = wanted(call, model);
        Set<MemoId> matching = wanted.isEmpty() ? Set.of() : matching(objects, topic, model, wanted);
        List<Map<String, Object>> shown = new ArrayList<>();
        for (MemoId object : changed) {
            Map<String, Object> now =
                    wanted.isEmpty() || matching.contains(object) ? shown(call, objects, model, object) : null;
            if (now != null) {
                shown.add(now);
            }
        }
        return shown;
    }

    private static void event(OutputStream out, String name, @Nullable String id, Map<String, Object> data)
            throws IOException {
        String head = "event: " + name + "\n" + (id == null ? "" : "id: " + id + "\n") + "data: ";
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        out.write(Json.write(data));
        out.write("\n\n".getBytes(StandardCharsets.US_ASCII));
    }
}
