package io.thalweg.model.request;

import io.thalweg.model.TenantId;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * One strict write as it waits to be ordered: a batch of events of one type, committed whole.
 *
 * @param tenant whose request it is
 * @param session the dedupe scope of one client; {@link #NO_SESSION} when the client keeps none
 * @param number the client's number of this request in its session, from 1; 0 without a session
 * @param operation what to do, see {@link Operation}
 * @param body the operation's own form, little-endian; owned by the request until its reply arrives
 * @param room so many bytes before the body's position are the request's, too: whoever orders it may write a header there
 *     instead of copying the body behind one
 */
public record Request(TenantId tenant, UUID session, long number, Operation operation, ByteBuffer body, int room) {
    /** Stands for "no session": such a request is not deduplicated by number. */
    public static final UUID NO_SESSION = new UUID(0, 0);

    public Request {
        if (room < 0 || room > body.position()) {
            throw new IllegalArgumentException("room of " + room + " bytes, but " + body.position() + " are before");
        }
    }

    /** A request whose body has nothing before it. */
    public Request(TenantId tenant, UUID session, long number, Operation operation, ByteBuffer body) {
        this(tenant, session, number, operation, body, 0);
    }

    /** A request outside any session. */
    public static Request of(TenantId tenant, Operation operation, ByteBuffer body) {
        return new Request(tenant, NO_SESSION, 0, operation, body);
    }
}
