/**
 * The Java client of ledgers, over HTTP: {@link io.thalweg.client.LedgerClient}. It needs nothing of the platform but its words.
 *
 * <p>Many callers share one client. What they ask for while a request is under way goes together into the next one, so that
 * load makes requests larger and not more; there is no timer. Each request has a number in a session, and is repeated with the
 * same number until it is answered or its callers' deadlines are over, which the server recognises: nothing is booked twice.
 * A caller whose deadline passes while its request is under way gets an {@link io.thalweg.client.OutcomeUnknownException} and no
 * guess; the ids that it used tell later what became of it.
 */
@NullMarked
package io.thalweg.client;

import org.jspecify.annotations.NullMarked;
