/**
 * Who is calling: API keys, passwords, signed tokens, the operator's key, and how fast each tenant may call.
 *
 * <p>A token proves only that this node issued it; whether its key or user still exists, in which role, is looked up in the
 * directory on every call, so that a revocation works at once. Secrets live in {@code DIR/secrets} with owner-only permissions and
 * are never logged.
 */
@NullMarked
package io.thalweg.server.auth;

import org.jspecify.annotations.NullMarked;
