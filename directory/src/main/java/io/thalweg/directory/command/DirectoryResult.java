package io.thalweg.directory.command;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import java.nio.ByteBuffer;

/**
 * What a command that took effect answers. Whatever else a door wants to tell is in the {@link Directory} of this version or
 * a later one, under the identifiers that the door made itself.
 *
 * @param version the directory's version that includes the command
 * @param timestampNs when it was ordered, nanoseconds since 1970
 * @param viewVersion number of the version that was deployed; 0 for other commands
 */
public record DirectoryResult(long version, long timestampNs, int viewVersion) {
    private static final int FORMAT = 1;

    public ByteBuffer encode() {
        return new BinaryWriter(21)
                .u8(FORMAT)
                .i64(version)
                .i64(timestampNs)
                .i32(viewVersion)
                .toByteBuffer();
    }

    public static DirectoryResult decode(ByteBuffer bytes) {
        BinaryReader in = new BinaryReader(bytes);
        int format = in.u8();
        if (format != FORMAT) {
            throw new MalformedException("directory result has format " + format + ", expected " + FORMAT);
        }
        DirectoryResult result = new DirectoryResult(in.i64(), in.i64(), in.i32());
        in.end();
        return result;
    }
}
