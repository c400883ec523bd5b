/** The requests that are ordered, their bodies and their replies, and the form in which a batch of them is one entry. */
@NullMarked
package io.thalweg.model.request;

import org.jspecify.annotations.NullMarked;
