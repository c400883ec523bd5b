/**
 * The engine of the HTTP door: routes, who may use them, how bodies become requests and replies become bodies.
 *
 * <p>A {@code Route} says everything about an endpoint in one place: method, path, who may call it, what it takes and answers.
 * {@code HttpDoor} finds the route of a call, authenticates, counts it against the tenant's rate, authorises it, and only then
 * hands the {@code Call} to the route's handler; the OpenAPI document is written from the same table. Handlers block on virtual
 * threads. Bodies are bounded before a byte of memory is taken for them.
 *
 * <p>The routes themselves are in a package for each resource: {@code logs}, {@code ledgers}, {@code views}, {@code tenants}; {@code
 * api} puts the table together. A handler turns a request into a call of what is inside, and its result into a reply; it decides
 * nothing that another door would have to decide again.
 */
@NullMarked
package io.thalweg.server.http;

import org.jspecify.annotations.NullMarked;
