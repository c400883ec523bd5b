package io.thalweg.server.auth;

import io.thalweg.directory.Actor;
import io.thalweg.directory.Authority;
import io.thalweg.directory.Tenant;

/**
 * Who is calling, as of the directory at the start of the call.
 *
 * @param tenant whose caller it is
 * @param actor the key or user
 * @param authority what it may do at this moment
 */
public record Principal(Tenant tenant, Actor actor, Authority authority) {}
