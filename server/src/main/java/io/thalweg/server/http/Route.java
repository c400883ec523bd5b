package io.thalweg.server.http;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.form.QueryString;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
 * @param takes media types of the request's body with the schema of each, null for bytes; empty when there is no body
 * @param answers by status
 * @param passesParameters whether parameters that are not described go to somebody else, such as a view
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
        Map<String, @Nullable String> takes,
        Map<Integer, Answer> answers,
        boolean passesParameters,
        Handler handler) {

    /** Does what the route is for; throws {@link io.thalweg.model.ThalwegException} to refuse. */
    @FunctionalInterface
    public interface Handler {
        void handle(Call call) throws Exception;
    }

    /** A parameter beside those of the path. */
    public record Parameter(String in, String name, String type, boolean required, String text) {}

    /** What comes back with one status: media types with the schema of each, null for bytes. */
    public record Answer(String text, Map<String, @Nullable String> content) {}

    /** Refuses parameters that the route does not know, or that are there twice: a misspelt one must not change the answer in silence. */
    void requireKnown(QueryString query) {
        if (passesParameters) {
            return;
        }
        Set<String> seen = new HashSet<>();
        for (String name : query.names()) {
            boolean known = parameters.stream()
                    .anyMatch(parameter ->
                            parameter.in().equals("query") && parameter.name().equals(name));
            if (!known || !seen.add(name)) {
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST,
                        "the parameter '" + Numbers.shorten(name) + "' is " + (known ? "there twice" : "unknown here")
                                + known());
            }
        }
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
        private final Map<String, @Nullable String> takes = new TreeMap<>();
        private final Map<Integer, Answer> answers = new TreeMap<>();
        private Access access = Access.READ;
        private boolean passesParameters;
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

        public Builder query(String name, String type, String text) {
            parameters.add(new Parameter("query", name, type, false, text));
            return this;
        }

        public Builder header(String name, String type, String text) {
            parameters.add(new Parameter("header", name, type, false, text));
            return this;
        }

        /** All parameters that are not described go to somebody else. */
        public Builder passesParameters() {
            passesParameters = true;
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

        public Route to(Handler handler) {
            if (access != Access.OPEN) {
                refuses(401, "The token is missing, wrong, expired or revoked.");
            }
            if (access != Access.OPEN && access != Access.OPERATOR) {
                answers(429, "The tenant calls too fast, or a quota is used up.", "text/plain", "RateLimited");
                refuses(429, "The tenant calls too fast, or a quota is used up.");
            }
            if (access != Access.OPEN
                    && access != Access.OPERATOR
                    && (access != Access.READ || template.contains("{log_id}") || template.contains("{ledger_id}"))) {
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
                    takes,
                    answers,
                    passesParameters,
                    handler);
        }
    }
}
