package io.thalweg.view;

import java.util.List;

/**
 * A question to a view.
 *
 * @param parameters the URL's parameters without those of the platform, in the client's order
 * @param input the request's body
 */
public record ViewQuery(List<Parameter> parameters, byte[] input) {
    /** One parameter; a name may come more than once. */
    public record Parameter(String name, String value) {}

    public ViewQuery {
        parameters = List.copyOf(parameters);
    }
}
