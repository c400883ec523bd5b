/**
 * Views: code that follows a log and keeps state to query. This package knows how to follow, snapshot, park, replace and query;
 * what a view's code is made of hides behind {@link io.thalweg.view.ViewProgram}.
 */
@NullMarked
package io.thalweg.view;

import org.jspecify.annotations.NullMarked;
