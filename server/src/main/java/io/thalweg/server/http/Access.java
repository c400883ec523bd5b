package io.thalweg.server.http;

/**
 * Who may call a route. The check is made once, by the door, before any handler runs; a key that is limited to logs
 * and ledgers passes only for paths of those, and only to routes marked {@link #READ}, {@link #WRITE} or {@link #APPEND}, or about itself.
 */
public enum Access {
    /** Anybody, without a token. */
    OPEN,
    /** Any principal of the tenant. */
    READ,
    /** Any principal that may write: not a read-only key. */
    WRITE,
    /** The same, on a log that is not the platform's own. */
    APPEND,
    /** A member, or a key that is neither read-only nor limited to logs. */
    MANAGE,
    /** The same with the role admin or owner. */
    ADMIN,
    /** A person with the role admin or owner; never an API key. */
    PEOPLE,
    /** Any principal about itself; about others, the directory demands what it demands. */
    SELF,
    /** The holder of the operator's key of this node. */
    OPERATOR
}
