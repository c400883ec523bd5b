/**
 * The forms in which bytes and text come in and go out: events as JSON, as frames, with delimiters; accounts and transfers as JSON;
 * numbers, times, ids, names of media types, parameters of URLs.
 *
 * <p>Nothing here knows HTTP, a tenant or a shard. A codec reads what a stranger sent: it checks every length before it takes
 * memory, refuses with {@code INVALID_REQUEST} and a text that says what was wrong and where, and never passes on what it did not
 * understand. What it writes is one line of valid JSON, whatever the event holds. Each codec has a test beside it on hostile and odd
 * input.
 */
@NullMarked
package io.thalweg.server.form;

import org.jspecify.annotations.NullMarked;
