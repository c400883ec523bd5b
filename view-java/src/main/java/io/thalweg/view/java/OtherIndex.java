package io.thalweg.view.java;

import io.thalweg.index.Index;

/**
 * An index of another view, to be read. Made by {@link Other#index}.
 *
 * @param view the other view's name
 * @param index as it is read here
 */
public record OtherIndex<T>(String view, Index<T> index) {}
