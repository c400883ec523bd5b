package io.thalweg.shard;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.request.Reply;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The binary form of replies: what apply hands back through the consensus, and what a session remembers.
 *
 * <pre>
 * replies = reply*                                  one for each request of the entry, in order
 * reply   = status u8, length u32, payload
 * payload = the operation's result                  status 0
 *         | error code u16, text in UTF-8           status 1
 * </pre>
 */
public final class ReplyCodec {
    private static final int DONE = 0;
    private static final int REFUSED = 1;

    private ReplyCodec() {}

    static void write(BinaryWriter out, Reply reply) {
        switch (reply) {
            case Reply.Done(ByteBuffer result) ->
                out.u8(DONE).i32(result.remaining()).raw(result);
            case Reply.Refused(ErrorCode code, String message) -> {
                byte[] text = message.getBytes(StandardCharsets.UTF_8);
                out.u8(REFUSED).i32(2 + text.length).u16(code.number()).raw(text);
            }
        }
    }

    /** Whether the reply that begins there says that nothing was done. */
    static boolean isRefused(ByteBuffer replies, int at) {
        return replies.get(at) == REFUSED;
    }

    /** The next reply; {@link MalformedException} when there is none. */
    public static Reply read(BinaryReader in) {
        int status = in.u8();
        BinaryReader payload = new BinaryReader(in.slice(in.i32()));
        return switch (status) {
            case DONE -> new Reply.Done(payload.slice(payload.remaining()));
            case REFUSED ->
                new Reply.Refused(
                        ErrorCode.ofNumber(payload.u16()),
                        new String(payload.raw(payload.remaining()), StandardCharsets.UTF_8));
            default -> throw new MalformedException("reply status is " + status + ", expected 0 or 1");
        };
    }
}
