/** An event, its headers and its identity, and the form in which a batch of them is stored and travels. */
@NullMarked
package io.thalweg.model.event;

import org.jspecify.annotations.NullMarked;
