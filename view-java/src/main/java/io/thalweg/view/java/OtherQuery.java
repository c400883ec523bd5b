package io.thalweg.view.java;

import io.thalweg.index.schema.Schema;

/**
 * A query of another view, to be asked. Made by {@link Other#query}.
 *
 * @param view the other view's name
 */
public record OtherQuery<A, R>(String view, String name, Schema<A> arguments, Schema<R> result) {}
