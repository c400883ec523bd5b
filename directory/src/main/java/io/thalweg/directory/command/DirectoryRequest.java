package io.thalweg.directory.command;

import io.thalweg.directory.Actor;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import io.thalweg.model.event.Event;
import io.thalweg.model.event.EventCodec;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request to the directory: who, what, and the finished event records that apply appends, because a payload is
 * written to disk once, in the request that carries it.
 *
 * <pre>
 * body    := format:u8 (1 | 2) actor command audit letter
 * actor   := kind:u8 (0 operator | 1 key uuid | 2 user uuid)
 * command := length:i32 bytes     see CommandCodec
 * audit   := length:i32 record    an event record, or nothing for what is not audited
 * letter  := length:i32 record    the dead letter of a SkipEvent, or nothing
 * </pre>
 *
 * Decoding makes the audit event anew from actor and command and refuses a body in which it is any other, so that no door can
 * write a false audit.
 *
 * <p>Format 1 is of the time when the directory made and deleted streams in its own apply, and what came after it in the journal relies
 * on that. Such requests are applied as they were then.
 *
 * @param atOnce whether it is of format 1
 */
public record DirectoryRequest(Actor actor, DirectoryCommand command, Place audit, Place deadLetter, boolean atOnce) {
    private static final int FORMAT = 2;
    private static final int FORMAT_AT_ONCE = 1;

    /** Where in the body a record lies, in bytes from its start; with length 0 there is none. */
    public record Place(int offset, int length) {}

    /** The body of a request of today. */
    public static ByteBuffer encode(Actor actor, DirectoryCommand command) {
        return encode(actor, command, FORMAT);
    }

    static ByteBuffer encode(Actor actor, DirectoryCommand command, int format) {
        BinaryWriter commandBytes = new BinaryWriter();
        CommandCodec.write(command, commandBytes);
        Event deadLetter = command instanceof DirectoryCommand.SkipEvent skip ? skip.deadLetter() : null;
        BinaryWriter out = new BinaryWriter(1024).u8(format);
        switch (actor) {
            case Actor.Operator _ -> out.u8(0);
            case Actor.OfKey(var key) -> out.u8(1).uuid(key.value());
            case Actor.OfUser(var user) -> out.u8(2).uuid(user.value());
        }
        out.bytes(commandBytes.toByteArray());
        writeRecord(AuditEvent.of(actor, command).orElse(null), out);
        writeRecord(deadLetter, out);
        return out.toByteBuffer();
    }

    private static void writeRecord(@Nullable Event event, BinaryWriter out) {
        if (event == null) {
            out.i32(0);
            return;
        }
        ByteBuffer record = EventCodec.encode(event);
        out.i32(record.remaining()).raw(record);
    }

    /** Throws {@link MalformedException} for anything that {@link #encode} does not write. */
    public static DirectoryRequest decode(ByteBuffer body) {
        BinaryReader in = new BinaryReader(body);
        int start = in.position();
        int format = in.u8();
        if (format != FORMAT && format != FORMAT_AT_ONCE) {
            throw new MalformedException("directory request has format " + format + ", expected " + FORMAT);
        }
        Actor actor = readActor(in);
        BinaryReader commandBytes = new BinaryReader(in.slice(in.i32()));
        int auditLength = in.i32();
        Place audit = new Place(in.position() - start, auditLength);
        ByteBuffer auditRecord = in.slice(auditLength);
        int letterLength = in.i32();
        Place letter = new Place(in.position() - start, letterLength);
        ByteBuffer letterRecord = in.slice(letterLength);
        in.end();

        DirectoryCommand command = CommandCodec.read(commandBytes, readLetter(letterRecord));
        commandBytes.end();
        Optional<ByteBuffer> expected = AuditEvent.of(actor, command).map(EventCodec::encode);
        if (expected.isPresent() ? !expected.get().equals(auditRecord) : auditLength != 0) {
            throw new MalformedException("the audit event in the request is not that of its command");
        }
        return new DirectoryRequest(actor, command, audit, letter, format == FORMAT_AT_ONCE);
    }

    private static Actor readActor(BinaryReader in) {
        int kind = in.u8();
        return switch (kind) {
            case 0 -> new Actor.Operator();
            case 1 -> new Actor.OfKey(new io.thalweg.model.KeyId(in.uuid()));
            case 2 -> new Actor.OfUser(new io.thalweg.model.UserId(in.uuid()));
            default -> throw new MalformedException("actor kind " + kind + " is unknown");
        };
    }

    private static @Nullable Event readLetter(ByteBuffer record) {
        if (!record.hasRemaining()) {
            return null;
        }
        EventCodec.validate(record, 1);
        return EventCodec.decode(record);
    }
}
