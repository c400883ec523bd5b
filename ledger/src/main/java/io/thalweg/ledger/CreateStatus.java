package io.thalweg.ledger;

/** What became of one event of a request that creates accounts or transfers. */
public sealed interface CreateStatus permits CreateAccountStatus, CreateTransferStatus {
    /** The number of success in replies with a result per event; replies that list failures only leave success out. */
    int CREATED_CODE = 0xFFFF_FFFF;

    /** The number on the wire. */
    int code();

    /** Whether the very same thing was created before: then its own timestamp is answered. */
    boolean exists();

    /** The name in HTTP replies and in the command line, e.g. {@code linked_event_failed}. */
    String text();
}
