package io.thalweg.server.http;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.form.QueryString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint: what it is called, who may call it, what it does, and what its document says. The door and the OpenAPI
 * document both read this table, so that neither can know an endpoint that the other does not.
 *
 * @param template path with parameters in braces; {@code {log_id}} names a log and
 *     {@code {ledger_id}} a ledger, which the door looks up before the handler runs
 * @param segments of the template
 * @param pathParameters names of the parameters in the template, in order
 * @param id name of the operation in the document and in metrics
 * @param parameters of the query and headers
 * @param sends headers of replies
 * @param takes media types of the request's body with the schema of each, null for bytes; empty when there is no body
 * @param bodyBytesMax of a request's body; what a handler reads is within it
 * @param bodyRequired whether a request without a body is refused
 * @param answers by status
 * @param passesParameters whether parameters that are not described go to somebody else, such as a view
 * @param longest that a call may take which cannot say it: one without the parameter {@code timeout}
 * @param replicasMayAnswer whether any replica may answer a call that says {@code consistency=stale}, and one that has what {@code after}
 *     names one that says nothing else
 */
public record Route(
        Method method,
        String template,
        List<String> segments,
        List<String> pathParameters,
        Access access,
        String id,
        String tag,
        String summary,
        List<Parameter> parameters,
        List<Sent> sends,
        Map<String, @Nullable String> takes,
        int bodyBytesMax,
        boolean bodyRequired,
        Map<Integer, Answer> answers,
        boolean passesParameters,
        Duration longest,
        boolean replicasMayAnswer,
        Handler handler) {

    /** Of a body about which a route says nothing else. */
    public static final int BODY_BYTES_MAX = 1 << 20;

    /** Of a call that changes nothing and cannot say how long it may take; longer than any healthy disk takes. */
    private static final Duration READING = Duration.ofSeconds(30);

    /** The same of one that changes something, which may be a jar's rehearsal. */
    private static final Duration CHANGING = Duration.ofSeconds(115);

    /** The parameter by which a call says it. */
    private static final String TIMEOUT = "timeout";

    /** Where paths begin of what belongs to no log and no ledger. */
    private static final List<String> OF_NO_LOG = List.of("/topics", "/objects", "/memos", "/slabs");

    /** Does what the route is for; throws {@link io.thalweg.model.ThalwegException} to refuse. */
    @FunctionalInterface
    public interface Handler {
        void handle(Call call) throws Exception;
    }

    /** A parameter beside those of the path. */
    public record Parameter(String in, String name, Shape shape, String text) {}

    /** A header of replies: of those with this status, or of all that refuse nothing where that is 0. */
    public record Sent(int status, String name, Shape shape, String text) {
        /** Whether replies with this status may have it. */
        public boolean with(int answered) {
            return status == 0 ? answered < 300 : status == answered;
        }
    }

    /** What comes back with one status: media types with the schema of each, null for bytes. */
    public record Answer(String text, Map<String, @Nullable String> content) {}

    /**
     * Refuses parameters that the route does not know, that are there twice, or that are out of their shape: before the route does
     * anything, so that no refusal comes after something was done.
     */
    void require(QueryString query) {
        Set<String> seen = new HashSet<>();
        for (String name : query.names()) {
            Optional<Parameter> known = parameters.stream()
                    .filter(parameter ->
                            parameter.in().equals("query") && parameter.name().equals(name))
                    .findFirst();
            if (!passesParameters && (known.isEmpty() || !seen.add(name))) {
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST,
                        "the parameter '" + Numbers.shorten(name) + "' is "
                                + (known.isPresent() ? "there twice" : "unknown here") + known());
            }
            known.ifPresent(parameter -> parameter.shape().require(query, name));
        }
    }

    /** Whether a call may be given to another node when it broke off at one: what a key that is read-only may call changes nothing. */
    public boolean changesNothing() {
        return changesNothing(method, access);
    }

    private static boolean changesNothing(Method method, Access access) {
        return method == Method.GET || access == Access.READ;
    }

    /** How long a call may take: what it says itself, or what stands for that. */
    public Duration time(QueryString query) {
        for (Parameter parameter : parameters) {
            if (parameter.in().equals("query")
                    && parameter.name().equals(TIMEOUT)
                    && parameter.shape().otherwise() instanceof Number usual) {
                return Duration.ofMillis(query.number(TIMEOUT, usual.longValue(), 0, Long.MAX_VALUE));
            }
        }
        return longest;
    }

    private String known() {
        List<String> names = parameters.stream()
                .filter(parameter -> parameter.in().equals("query"))
                .map(Parameter::name)
                .toList();
        return names.isEmpty() ? "; there is none" : "; there are " + String.join(", ", names);
    }

    public static boolean isParameter(String segment) {
        return segment.startsWith("{");
    }

    /** Whether it is about what belongs to no log and no ledger, so that keys which are limited to some do not reach it. */
    boolean isOfNoLog() {
        return isOfNoLog(template);
    }

    private static boolean isOfNoLog(String template) {
        return OF_NO_LOG.stream().anyMatch(template::startsWith);
    }

    public static Builder get(String template) {
        return new Builder(Method.GET, template);
    }

    public static Builder post(String template) {
        return new Builder(Method.POST, template);
    }

    public static Builder put(String template) {
        return new Builder(Method.PUT, template);
    }

    public static Builder patch(String template) {
        return new Builder(Method.PATCH, template);
    }

    public static Builder delete(String template) {
        return new Builder(Method.DELETE, template);
    }

    /** Collects a route; one thread. */
    public static final class Builder {
        private final Method method;
        private final String template;
        private final List<Parameter> parameters = new ArrayList<>();
        private final List<Sent> sends = new ArrayList<>();
        private final Map<String, @Nullable String> takes = new TreeMap<>();
        private final Map<Integer, Answer> answers = new TreeMap<>();
        private Access access = Access.READ;
        private boolean passesParameters;
        private @Nullable Duration longest;
        private boolean replicasMayAnswer;
        private boolean bodyRequired = true;
        private int bodyBytesMax = BODY_BYTES_MAX;
        private String id = "";
        private String tag = "";
        private String summary = "";

        private Builder(Method method, String template) {
            this.method = method;
            this.template = template;
        }

        public Builder named(String newId, String newTag, String newSummary) {
            id = newId;
            tag = newTag;
            summary = newSummary;
            return this;
        }

        public Builder by(Access who) {
            access = who;
            return this;
        }

        public Builder query(String name, Shape shape, String text) {
            parameters.add(new Parameter("query", name, shape, text));
            return this;
        }

        public Builder header(String name, Shape shape, String text) {
            parameters.add(new Parameter("header", name, shape, text));
            return this;
        }

        /** A header of the replies that refuse nothing. */
        public Builder sends(String name, Shape shape, String text) {
            return sends(0, name, shape, text);
        }

        /** A header of the replies with this status. */
        public Builder sends(int status, String name, Shape shape, String text) {
            sends.add(new Sent(status, name, shape, text));
            return this;
        }

        /** A body of at most so many bytes. */
        public Builder body(int bytesMax) {
            bodyBytesMax = bytesMax;
            return this;
        }

        /** The body may be left out. */
        public Builder bodyMayBeMissing() {
            bodyRequired = false;
            return this;
        }

        /** All parameters that are not described go to somebody else. */
        public Builder passesParameters() {
            passesParameters = true;
            return this;
        }

        /** A call takes no longer, and cannot say how long it may. */
        public Builder within(Duration most) {
            longest = most;
            return this;
        }

        /** Any replica may answer who says that it may. */
        public Builder replicasMayAnswer() {
            replicasMayAnswer = true;
            return this;
        }

        /** A body in this form; a null schema stands for bytes. */
        public Builder takes(String mediaType, @Nullable String schema) {
            takes.put(mediaType, schema);
            return this;
        }

        /** A JSON reply. */
        public Builder answers(int status, String text, String schema) {
            return answers(status, text, MediaTypes.JSON, schema);
        }

        public Builder answers(int status, String text, String mediaType, @Nullable String schema) {
            Answer known = answers.get(status);
            Map<String, @Nullable String> content = new TreeMap<>(known == null ? Map.of() : known.content());
            content.put(mediaType, schema);
            answers.put(status, new Answer(text, content));
            return this;
        }

        /** A reply without a body. */
        public Builder answers(int status, String text) {
            answers.put(status, new Answer(text, Map.of()));
            return this;
        }

        /** Refusals beyond those that every route of its access has. */
        public Builder refuses(int status, String text) {
            return answers(status, text, MediaTypes.JSON, "Error");
        }

        /** Whether it is a tenant that calls, with all that bounds one. */
        private boolean ofTenants() {
            return access != Access.OPEN && access != Access.OPERATOR;
        }

        public Route to(Handler handler) {
            if (access != Access.OPEN) {
                refuses(401, "The token is missing, wrong, expired or revoked.");
            }
            if (ofTenants()) {
                answers(429, "The tenant calls too fast, or a quota is used up.", "text/plain", "RateLimited");
                refuses(429, "The tenant calls too fast, or a quota is used up.");
            }
            if (ofTenants() && !answers.containsKey(503)) {
                refuses(503, "This node has not heard yet who may call: try again.");
            }
            if (ofTenants()
                    && (access != Access.READ
                            || template.contains("{log_id}")
                            || template.contains("{ledger_id}")
                            || isOfNoLog(template))) {
                refuses(403, "The caller may not do this.");
            }
            if (template.contains("{") && access != Access.OPEN) {
                refuses(404, "There is no such thing, or it is another tenant's.");
            }
            if (!takes.isEmpty()) {
                refuses(400, "The request is not what is expected.");
                refuses(413, "The body is too large.");
            }
            if (!answers.containsKey(400)) {
                refuses(400, "A parameter is unknown, or not what is expected.");
            }
            refuses(500, "The node failed; try again later.");
            List<String> segments = List.of(template.substring(1).split("/", -1));
            return new Route(
                    method,
                    template,
                    segments,
                    segments.stream()
                            .filter(Route::isParameter)
                            .map(segment -> segment.substring(1, segment.length() - 1))
                            .toList(),
                    access,
                    id,
                    tag,
                    summary,
                    List.copyOf(parameters),
                    List.copyOf(sends),
                    takes,
                    bodyBytesMax,
                    bodyRequired && !takes.isEmpty(),
                    answers,
                    passesParameters,
                    longest != null ? longest : changesNothing(method, access) ? READING : CHANGING,
                    replicasMayAnswer,
                    handler);
        }
    }
}
