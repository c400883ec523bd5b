package io.thalweg.server.http;

import io.thalweg.server.form.Percent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds the route of a path by walking its segments through a tree; a literal segment wins over a parameter. Immutable once
 * built, any thread may search.
 */
final class Router {
    private static final int MAX_SEGMENTS = 16;

    /** What a path and method lead to. */
    sealed interface Match {}

    /** A route, with the decoded values of its parameters in the template's order. */
    record Found(Route route, List<String> values) implements Match {
        String value(String name) {
            return values.get(route.pathParameters().indexOf(name));
        }
    }

    /** The path exists, but not with this method. */
    record OtherMethod(String allowed) implements Match {}

    /** Nothing is there. */
    record Nothing() implements Match {}

    private static final class Step {
        final Map<String, Step> literals = new HashMap<>();
        final Map<Method, Route> routes = new HashMap<>();

        @Nullable
        Step parameter;
    }

    private final Step root = new Step();

    Router(List<Route> routes) {
        routes.forEach(this::add);
    }

    private void add(Route route) {
        Step at = root;
        for (String segment : route.segments()) {
            if (Route.isParameter(segment)) {
                Step next = at.parameter == null ? new Step() : at.parameter;
                at.parameter = next;
                at = next;
            } else {
                at = at.literals.computeIfAbsent(segment, _ -> new Step());
            }
        }
        if (at.routes.put(route.method(), route) != null) {
            throw new IllegalArgumentException(route.method() + " " + route.template() + " is there twice");
        }
    }

    /** @param path as it stands in the request line, still encoded, without the query */
    Match find(@Nullable Method method, String path) {
        List<String> values = new ArrayList<>(2);
        Step at = root;
        int start = path.startsWith("/") ? 1 : 0;
        int segments = 0;
        while (start <= path.length()) {
            int end = path.indexOf('/', start);
            end = end < 0 ? path.length() : end;
            if (end == path.length() && end == start && segments > 0) {
                break; // a slash at the end means nothing
            }
            if (++segments > MAX_SEGMENTS) {
                return new Nothing();
            }
            String segment = path.substring(start, end);
            Step next = at.literals.get(segment);
            if (next == null) {
                next = at.parameter;
                if (next == null || segment.isEmpty()) {
                    return new Nothing();
                }
                values.add(Percent.segment(segment));
            }
            at = next;
            start = end + 1;
        }
        Route route = method == null ? null : at.routes.get(method);
        if (route != null) {
            return new Found(route, values);
        }
        if (at.routes.isEmpty()) {
            return new Nothing();
        }
        TreeSet<String> allowed = new TreeSet<>();
        at.routes.keySet().forEach(known -> allowed.add(known.text()));
        allowed.add("OPTIONS");
        if (at.routes.containsKey(Method.GET)) {
            allowed.add("HEAD");
        }
        return new OtherMethod(String.join(", ", allowed));
    }
}
