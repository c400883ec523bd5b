/**
 * The table of all routes, the OpenAPI document that is written from it, and what the node says about itself.
 */
@NullMarked
package io.thalweg.server.http.api;

import org.jspecify.annotations.NullMarked;
