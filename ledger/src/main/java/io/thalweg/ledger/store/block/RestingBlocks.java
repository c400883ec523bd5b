package io.thalweg.ledger.store.block;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A part of a ledger's file whose blocks do not change any more, for whoever reads what lies still while all goes on. Any thread. */
public final class RestingBlocks {
    private static final long BLOCKS_MAX = 512;

    private final BlockFile file;
    private final long from;
    private final long to;

    /**
     * Where such a part lies. It may be kept for as long as one likes, while the part itself keeps in memory what its file had, and knows nothing of another
     * file that has taken its path, as when a copy of the ledger takes its place.
     */
    public record Place(Path file, long from) {
        /**
         * Reads what rests there now, if anything does, and tells of each block that is not what it should be. What looks wrong is looked up and read a
         * second time before anybody is told, for files go and come meanwhile.
         *
         * @param resting all that rests, as of each call
         * @param through what it is read with: the ledger's own file would be closed for all when whoever reads is interrupted
         * @throws IOException also when the file has gone meanwhile
         */
        public void verify(Supplier<List<RestingBlocks>> resting, Disk through, Consumer<CorruptionException> damaged)
                throws IOException {
            List<CorruptionException> wrong = new ArrayList<>();
            look(resting, through, wrong::add);
            if (!wrong.isEmpty()) {
                look(resting, through, damaged);
            }
        }

        private void look(Supplier<List<RestingBlocks>> resting, Disk through, Consumer<CorruptionException> damaged)
                throws IOException {
            Optional<RestingBlocks> now = resting.get().stream()
                    .filter(blocks -> blocks.place().equals(this))
                    .findFirst();
            if (now.isPresent()) {
                now.get().verify(through, damaged);
            }
        }
    }

    private RestingBlocks(BlockFile file, long from, long to) {
        this.file = file;
        this.from = from;
        this.to = to;
    }

    /** Adds the first blocks of a file in parts, of 8 MiB at most. */
    public static void add(BlockFile file, long blocks, List<RestingBlocks> parts) {
        for (long from = 0; from < blocks; from += BLOCKS_MAX) {
            parts.add(new RestingBlocks(file, from, Math.min(blocks, from + BLOCKS_MAX)));
        }
    }

    public Place place() {
        return new Place(file.path(), from);
    }

    public long bytes() {
        return (to - from) * BlockFile.BLOCK_BYTES;
    }

    private void verify(Disk through, Consumer<CorruptionException> damaged) throws IOException {
        try (BlockFile opened = file.reopen(through)) {
            opened.verify(from, to, damaged);
        }
    }
}
