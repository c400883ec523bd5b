/**
 * Tenants over HTTP: how keys and people get tokens, who belongs to a tenant and what it used, API keys, and what the operator does
 * with tenants.
 */
@NullMarked
package io.thalweg.server.http.tenants;

import org.jspecify.annotations.NullMarked;
