package io.thalweg.testkit.raft;

import io.thalweg.model.BinaryReader;
import io.thalweg.shard.CopyOut;
import io.thalweg.shard.PartChecksum;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What chunks of copies ({@link CopyOut}) leave of files with whoever takes them, told from the chunks alone. */
final class CameOfCopy {
    private static final int CHECKSUM_BYTES = 4;
    private static final int FILE = 1;
    private static final int BYTES = 2;
    private static final int GOES_ON = 4;
    private static final int GOES = 5;

    private static final class Came {
        private final PartChecksum checksum = new PartChecksum();
        private long length;
    }

    private final Map<String, Came> files = new TreeMap<>();
    private Came last = new Came();

    CameOfCopy(List<List<byte[]>> attempts) {
        attempts.forEach(chunks -> chunks.forEach(this::take));
    }

    void take(byte[] chunk) {
        BinaryReader in = new BinaryReader(ByteBuffer.wrap(chunk, CHECKSUM_BYTES, chunk.length - CHECKSUM_BYTES)
                .slice());
        switch (in.u8()) {
            case FILE -> {
                last = new Came();
                files.put(in.text(), last);
            }
            case BYTES -> {
                last.checksum.add(ByteBuffer.wrap(chunk), CHECKSUM_BYTES + 1, in.remaining());
                last.length += in.remaining();
            }
            case GOES_ON -> last = Objects.requireNonNull(files.get(in.text()));
            case GOES -> files.remove(in.text());
            default -> {} // says nothing of files
        }
    }

    Map<String, CopyOut.Part> parts() {
        Map<String, CopyOut.Part> parts = new TreeMap<>();
        files.forEach((path, came) -> parts.put(path, new CopyOut.Part(came.length, came.checksum.value())));
        return parts;
    }
}
