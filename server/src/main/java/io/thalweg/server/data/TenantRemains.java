package io.thalweg.server.data;

import io.thalweg.model.BinaryWriter;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.RequestCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * What is left in a data directory of what a tenant stored: its requests, in segments of journals and of groups' own logs, and its memos, in packs, wherever those lie; among what was put aside
 * and given up, too. All else that a tenant has goes with the shard's next snapshots, or is a file of its own that is deleted.
 *
 * <p>A request is found by its header ({@link RequestCodec}), the same in all of these files, whatever is around it, and a memo by the beginning of its form ({@link
 * io.thalweg.memo.MemoCodec}); of that only the beginning is counted, up to the tenant. Files are read as they are, of a node that runs, too.
 */
public final class TenantRemains {
    private static final List<String> FOLDERS = List.of("aside", "left", "shards", "slab");
    private static final String PACK = ".pack";
    private static final byte[] MEMO_TAG = "thalweg-memo".getBytes(StandardCharsets.US_ASCII);
    private static final int CHUNK_BYTES = 1 << 20;
    private static final int LENGTH_BYTES = 4;
    private static final int OPERATION_AT = 40;
    private static final int FLAGS_AT = 42;

    /** A request is never longer; what says so is none. */
    private static final int REQUEST_BYTES_MAX = 256 << 20;

    private TenantRemains() {}

    /**
     * What is in a file.
     *
     * @param requests of the tenant, that stored something, and memos
     * @param bytes of these
     * @param read bytes of the file
     */
    public record Found(long requests, long bytes, long read) {}

    /**
     * The files of a data directory that may have requests, in order.
     *
     * @throws IOException also when a folder goes while it is looked into
     */
    public static List<Path> files(Path data) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String folder : FOLDERS) {
            if (!Files.isDirectory(data.resolve(folder))) {
                continue;
            }
            try (Stream<Path> all = Files.walk(data.resolve(folder))) {
                files.addAll(all.filter(Files::isRegularFile)
                        .filter(file -> hasRequests(data.relativize(file)))
                        .toList());
            } catch (UncheckedIOException e) {
                throw new IOException(e.getCause());
            }
        }
        files.sort(Comparator.comparing(Path::toString));
        return files;
    }

    private static boolean hasRequests(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.endsWith(".seg")
                || name.endsWith(PACK)
                || file.startsWith("aside")
                || (name.startsWith("log_")
                        && (file.startsWith("left") || file.toString().contains("raft")));
    }

    /** Looks through one file; one that has gone meanwhile has nothing. */
    public static Found look(Path file, TenantId tenant) throws IOException {
        return String.valueOf(file.getFileName()).endsWith(PACK)
                ? lookForMemos(file, tenant)
                : lookForRequests(file, tenant);
    }

    private static Found lookForMemos(Path file, TenantId tenant) throws IOException {
        byte[] sought = new BinaryWriter(MEMO_TAG.length + 2 + 2 * Long.BYTES)
                .raw(MEMO_TAG)
                .u8(0)
                .u8(0)
                .rfcUuid(tenant.value())
                .toByteArray();
        int tenantAt = MEMO_TAG.length + 2;
        long memos = 0;
        long at = 0;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
            while (fill(channel, chunk, at, sought.length)) {
                byte[] bytes = chunk.array();
                int last = chunk.limit() - sought.length;
                for (int i = 0; i <= last; i++) {
                    if (bytes[i] == MEMO_TAG[0]
                            && Arrays.equals(bytes, i, i + MEMO_TAG.length, MEMO_TAG, 0, MEMO_TAG.length)
                            && Arrays.equals(bytes, i + tenantAt, i + sought.length, sought, tenantAt, sought.length)) {
                        memos++;
                    }
                }
                at += last + 1;
            }
        } catch (NoSuchFileException e) {
            return new Found(0, 0, 0);
        }
        return new Found(memos, memos * sought.length, at);
    }

    private static Found lookForRequests(Path file, TenantId tenant) throws IOException {
        long high = tenant.value().getMostSignificantBits();
        long low = tenant.value().getLeastSignificantBits();
        byte first = (byte) high;
        long requests = 0;
        long bytes = 0;
        long at = 0;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            while (fill(channel, chunk, at, RequestCodec.HEADER_BYTES)) {
                int last = chunk.limit() - RequestCodec.HEADER_BYTES;
                for (int i = 0; i <= last; i++) {
                    if (chunk.get(i + LENGTH_BYTES) == first
                            && chunk.getLong(i + LENGTH_BYTES) == high
                            && chunk.getLong(i + LENGTH_BYTES + Long.BYTES) == low
                            && stores(chunk, i)) {
                        requests++;
                        bytes += LENGTH_BYTES + chunk.getInt(i);
                    }
                }
                at += last + 1;
            }
        } catch (NoSuchFileException e) {
            return new Found(0, 0, 0);
        }
        return new Found(requests, bytes, at);
    }

    /** Reads a chunk from there on; false when less than so much is left. */
    private static boolean fill(FileChannel channel, ByteBuffer chunk, long at, int bytesMin) throws IOException {
        chunk.clear();
        while (chunk.hasRemaining() && channel.read(chunk, at + chunk.position()) >= 0) {
            // On to a whole chunk, or the end.
        }
        chunk.flip();
        return chunk.limit() >= bytesMin;
    }

    private static boolean stores(ByteBuffer chunk, int header) {
        int length = chunk.getInt(header);
        int number = chunk.getShort(header + LENGTH_BYTES + OPERATION_AT) & 0xffff;
        return length >= RequestCodec.HEADER_BYTES - LENGTH_BYTES
                && length <= REQUEST_BYTES_MAX
                && chunk.getShort(header + LENGTH_BYTES + FLAGS_AT) == 0
                && Stream.of(Operation.values())
                        .anyMatch(operation -> operation.number() == number && operation.stores());
    }
}
