package io.thalweg.server.http.cluster;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Detour;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.cluster.CallRouting.Wanted;
import io.thalweg.server.peer.Hop;
import io.thalweg.server.peer.PeerWatch;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Elsewhere;
import io.thalweg.server.routing.HostedShard;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes calls on to the node that has what they need, and answers what it answers, as it comes: bodies, tails and refusals alike. A call
 * goes to another node only while nobody can have seen it, or when it changes nothing; whatever else breaks off is an unknown outcome,
 * and the client's to repeat. The body is in memory once, within the bounds of the door, and crosses the wire once; a client that says
 * that it follows redirects sends a large one itself. Thread-safe.
 */
public final class PassedCalls implements Detour, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PassedCalls.class);

    /** By this a client says that it follows a 307 to another node. */
    private static final String REDIRECT = "Thalweg-Redirect";

    private static final int REDIRECTED_BYTES_MIN = 256 << 10;

    /** Longer than an election takes. */
    private static final Duration PATIENCE = Duration.ofSeconds(8);

    /** What one node knows of the directory reaches the others with a heartbeat. */
    private static final Duration NEWS = Duration.ofSeconds(2);

    private static final Duration PAUSE = Duration.ofMillis(50);

    /** The longest that a client can ask an endpoint to wait before it answers, and a little more: so long a connection is open on which nothing happens. */
    private static final Duration ANSWER = Duration.ofSeconds(160);

    /** How long an answer may take beside the time that the other node has for it. */
    private static final Duration ROAD = Duration.ofSeconds(5);

    /** The same of one that changes something: a shard takes so long for it beside what is waited for then. */
    private static final Duration ORDER = Duration.ofSeconds(35);

    /** How often somebody who waits for an answer looks whether another leads by now. */
    private static final Duration LOOK = Duration.ofMillis(500);

    /** How long one of several nodes that are to do the same may take for it. */
    private static final Duration OTHERS = Duration.ofSeconds(10);

    /** How long one of several nodes, of which any will do, may take for it. */
    private static final Duration ONE = Duration.ofSeconds(3);

    private static final byte[] NOTHING = new byte[0];

    /** What belongs to a connection and not to a call. */
    private static final Set<String> OF_CONNECTIONS = Set.of(
            "connection",
            "content-length",
            "expect",
            "host",
            "http2-settings",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "date",
            Hop.HEADER.toLowerCase(Locale.ROOT),
            Hop.WITHIN.toLowerCase(Locale.ROOT),
            Hop.AGAIN.toLowerCase(Locale.ROOT));

    private final CallRouting routing;
    private final Administration administration;
    private final NodeDoors doors;
    private final String key;

    /**
     * Opens the way to the others.
     *
     * @param self id of this node
     * @param hosted what is here
     * @param administration what is where
     * @param key what all nodes of the cluster share
     * @param tls whom to believe where others take requests with TLS; as this machine does when it is empty
     */
    public static PassedCalls open(
            Supplier<ClusterNodes> nodes,
            String self,
            List<HostedShard> hosted,
            PeerWatch watch,
            Administration administration,
            String key,
            Optional<SSLContext> tls)
            throws IOException {
        return new PassedCalls(
                new CallRouting(nodes, self, hosted, watch), administration, NodeDoors.open(tls, ANSWER), key);
    }

    private PassedCalls(CallRouting routing, Administration administration, NodeDoors doors, String key) {
        this.routing = routing;
        this.administration = administration;
        this.doors = doors;
        this.key = key;
    }

    private Optional<Hop> hop(Call call) {
        String header = call.header(Hop.HEADER);
        return header == null ? Optional.empty() : Hop.read(header, key, second(), call.method(), call.target());
    }

    /** How often the call was passed on; as often as may be when it says so and no node of this cluster has sealed it, or not of late. */
    private int hops(Call call) {
        return call.header(Hop.HEADER) == null ? 0 : hop(call).map(Hop::count).orElse(Hop.MAX);
    }

    @Override
    public void arrived(Call call) throws InterruptedException {
        Optional<Hop> hop = hop(call);
        if (hop.isPresent()) {
            var _ = administration.await(hop.get().version(), NEWS);
        }
    }

    private static long second() {
        return System.currentTimeMillis() / 1_000;
    }

    @Override
    public boolean isLetIn(Call call) {
        return hop(call).isPresent();
    }

    @Override
    public boolean taken(Call call) throws Exception {
        return hops(call) < Hop.MAX && passed(call, () -> routing.wanted(call));
    }

    @Override
    public void take(Call call, Elsewhere missing) throws Exception {
        if (hops(call) >= Hop.MAX) {
            throw missing;
        }
        Wanted wanted = new Wanted(Set.of(missing.shard()), missing.wantsLeader());
        if (missing.wantsLeader()) {
            takeToLeader(call, missing, wanted);
        } else {
            boolean _ = passed(call, () -> Optional.of(wanted));
        }
    }

    private void takeToLeader(Call call, Elsewhere refusal, Wanted wanted) throws InterruptedException {
        byte[] body = call.body(call.route().bodyBytesMax());
        for (ClusterNode node : routing.candidates(wanted)) {
            if (answered(node, call, body, wanted)) {
                return;
            }
        }
        throw refusal;
    }

    @Override
    public List<Integer> others(Call call, int shard, IntPredicate isEnough) throws InterruptedException {
        List<Integer> statuses = new ArrayList<>();
        if (hops(call) >= Hop.MAX) {
            return statuses;
        }
        byte[] body = call.body(call.route().bodyBytesMax());
        for (ClusterNode node : routing.candidates(new Wanted(Set.of(shard), false))) {
            try {
                int status = request(node, call, body, Hop.MAX)
                        .timeout(OTHERS.toMillis(), TimeUnit.MILLISECONDS)
                        .send()
                        .getStatus();
                statuses.add(status);
                if (isEnough.test(status)) {
                    break;
                }
            } catch (ExecutionException | TimeoutException e) {
                LOG.info("node {} does not do {}: {}", node.id(), call.route().id(), e.getMessage());
            }
        }
        return statuses;
    }

    @Override
    public Optional<byte[]> ask(Call call, int shard, String target, long untilNs) throws InterruptedException {
        if (hops(call) >= Hop.MAX) {
            return Optional.empty();
        }
        List<ClusterNode> nodes = new ArrayList<>(routing.candidates(new Wanted(Set.of(shard), false)));
        nodes.sort(Comparator.comparing(node -> call.silent().contains(node.id())));
        for (ClusterNode node : nodes) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(untilNs - System.nanoTime());
            if (leftMs <= 0) {
                break;
            }
            boolean last = node.equals(nodes.getLast());
            try {
                ContentResponse answer = request(node, call, "GET", target, NOTHING, Hop.MAX)
                        .timeout(last ? leftMs : Math.min(leftMs, ONE.toMillis()), TimeUnit.MILLISECONDS)
                        .send();
                if (answer.getStatus() == 200) {
                    return Optional.of(answer.getContent());
                }
                LOG.info("node {} answers {} to {}", node.id(), answer.getStatus(), target);
            } catch (ExecutionException | TimeoutException e) {
                LOG.info("node {} does not answer {}: {}", node.id(), target, e.getMessage());
                call.silent().add(node.id());
            }
        }
        return Optional.empty();
    }

    /** @param asked what the call needs that is not here, as of now; empty when it can be answered here */
    private boolean passed(Call call, Supplier<Optional<Wanted>> asked) throws InterruptedException {
        Optional<Wanted> wanted = asked.get();
        if (wanted.isEmpty()) {
            return false;
        }
        if ("true".equals(call.header(REDIRECT)) && isLarge(call)) {
            List<ClusterNode> there = routing.candidates(wanted.get());
            if (!there.isEmpty()) {
                call.with("Location", NodeDoors.location(there.getFirst(), call.target()));
                call.relay(307, HttpFields.EMPTY, InputStream.nullInputStream());
                return true;
            }
        }
        byte[] body = call.body(call.route().bodyBytesMax());
        Duration left = call.left();
        boolean waits = call.route().replicasMayAnswer() || left.compareTo(PATIENCE) < 0;
        long untilNs = System.nanoTime() + (waits ? left : PATIENCE).toNanos();
        while (true) {
            for (ClusterNode node : routing.candidates(wanted.get())) {
                if (answered(node, call, body, wanted.get())) {
                    return true;
                }
            }
            if (System.nanoTime() - untilNs > 0) {
                throw new ThalwegException(
                        ErrorCode.UNAVAILABLE,
                        "this needs shard " + wanted.get().shards().iterator().next()
                                + ", which is not here, and no node that has it answers: try again");
            }
            Thread.sleep(PAUSE);
            wanted = asked.get();
            if (wanted.isEmpty()) {
                return false;
            }
        }
    }

    private static boolean isLarge(Call call) {
        return call.announcedBytes() >= REDIRECTED_BYTES_MIN
                || (call.announcedBytes() < 0 && call.headers().contains("Transfer-Encoding"));
    }

    /** Whether the answer may go on for ever: the endpoint can send events, and was asked to. */
    private static boolean isEndless(Call call) {
        Route.Answer answer = call.route().answers().get(200);
        if (answer == null || !answer.content().containsKey(MediaTypes.SSE)) {
            return false;
        }
        String accept = call.header("Accept");
        return answer.content().size() == 1 || (accept != null && accept.contains(MediaTypes.SSE));
    }

    /**
     * False when the node surely has not seen the call, or the call changes nothing, or it says so: it can be given to another. A node that hangs has as much time as
     * the call has, and one that is asked behind it little more.
     */
    private boolean answered(ClusterNode node, Call call, byte[] body, Wanted wanted) throws InterruptedException {
        Duration left = call.left();
        Request request =
                request(node, call, body, hops(call) + 1).headers(headers -> headers.put(Hop.WITHIN, left.toMillis()));
        InputStreamResponseListener listener = new InputStreamResponseListener();
        request.send(listener);
        Response response;
        try {
            response = call.route().changesNothing()
                    ? answer(listener, left.plus(ROAD), () -> wanted.leads() && leadsNoMore(node, wanted))
                    : answer(listener, left.plus(ORDER), () -> false);
        } catch (ExecutionException | TimeoutException e) {
            var _ = request.abort(e);
            if (NodeDoors.isUnseen(e.getCause())
                    || call.method().equals("HEAD")
                    || call.route().changesNothing()) {
                return false;
            }
            throw new ThalwegException(
                    ErrorCode.OUTCOME_UNKNOWN,
                    "node " + node.id() + ", which this is for, broke off: the request may or may not take effect",
                    e);
        }
        try (InputStream content = listener.getInputStream()) {
            if (response.getHeaders().contains(Hop.AGAIN)) {
                var _ = content.readAllBytes(); // a few words, and the connection is for the next call
                return false;
            }
            HttpFields.Mutable headers = HttpFields.build();
            for (HttpField field : response.getHeaders()) {
                if (!OF_CONNECTIONS.contains(field.getLowerCaseName())) {
                    headers.add(field);
                }
            }
            String length = response.getHeaders().get("Content-Length");
            if (length != null && call.method().equals("HEAD")) {
                headers.put("Content-Length", length);
            }
            call.relay(response.getStatus(), headers, content);
            return true;
        } catch (IOException e) {
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "node " + node.id() + " broke off", e);
        } catch (RuntimeException e) {
            var _ = response.abort(e);
            throw e;
        }
    }

    /** @param isVain whether nothing more is to be waited for */
    private static Response answer(InputStreamResponseListener listener, Duration patience, BooleanSupplier isVain)
            throws InterruptedException, ExecutionException, TimeoutException {
        long untilNs = System.nanoTime() + patience.toNanos();
        while (true) {
            long leftNs = untilNs - System.nanoTime();
            try {
                return listener.get(Math.max(0, Math.min(leftNs, LOOK.toNanos())), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                if (leftNs <= LOOK.toNanos() || isVain.getAsBoolean()) {
                    throw e;
                }
            }
        }
    }

    /** Whether another leads what only the leader answers. */
    private boolean leadsNoMore(ClusterNode node, Wanted wanted) {
        List<ClusterNode> leaders = routing.candidates(wanted);
        return !leaders.isEmpty() && !leaders.contains(node);
    }

    /** A call as another node gets it. */
    private Request request(ClusterNode node, Call call, byte[] body, int hops) {
        return request(node, call, call.method(), call.target(), body, hops);
    }

    private Request request(ClusterNode node, Call call, String method, String target, byte[] body, int hops) {
        Request request = doors.to(node, method, target, isEndless(call)).headers(headers -> {
            for (HttpField field : call.headers()) {
                if (!OF_CONNECTIONS.contains(field.getLowerCaseName())) {
                    headers.add(field.getName(), field.getValue());
                }
            }
            headers.put(
                    Hop.HEADER,
                    new Hop(hops, administration.directory().version()).seal(key, second(), method, target));
        });
        if (body.length > 0) {
            request.body(new BytesRequestContent(contentType(call), body));
        }
        return request;
    }

    private static @Nullable String contentType(Call call) {
        return call.header("Content-Type");
    }

    @Override
    public void close() {
        doors.close();
    }
}
