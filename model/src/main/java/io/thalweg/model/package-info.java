/**
 * The words of the platform: identifiers, events, requests, replies and errors as records, with their binary form.
 *
 * <p>Nothing here does I/O or depends on anything but the JDK. Binary integers are little-endian unless a format says otherwise.
 */
@NullMarked
package io.thalweg.model;

import org.jspecify.annotations.NullMarked;
