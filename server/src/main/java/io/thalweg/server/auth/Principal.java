package io.thalweg.server.auth;

import io.thalweg.cluster.Actor;
import io.thalweg.cluster.Authority;
import io.thalweg.cluster.Tenant;

/**
 * Who is calling, as of the directory at the start of the call.
 *
 * @param tenant whose caller it is
 * @param actor the key or user
 * @param authority what it may do at this moment
 */
public record Principal(Tenant tenant, Actor actor, Authority authority) {}
