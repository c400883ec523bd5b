package io.thalweg.view.java.query;

import java.util.function.Supplier;

/**
 * What the host of a view has for its queries.
 *
 * @param moments the newest moment of its indexes, each time anew; to be closed by who asks for it
 * @param others what other views of the tenant have
 */
public record QuerySite(Supplier<Moment> moments, Helpers helpers, Others others) {}
