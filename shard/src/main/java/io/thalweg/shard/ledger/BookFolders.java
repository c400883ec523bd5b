package io.thalweg.shard.ledger;

import io.thalweg.ledger.Ledger;
import io.thalweg.model.LedgerId;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The folders of a shard's ledgers, one each, and when they may go. A ledger that was deleted, or froze, may still be read by
 * somebody: it is closed when nobody does. The folder of a deleted one goes when no snapshot that may be loaded names it; that of
 * a frozen one stays, since it may be all that is left.
 */
final class BookFolders {
    private static final Logger LOG = System.getLogger(BookFolders.class.getName());

    private final Disk disk;
    private final Path directory;

    /** The ledgers that are, already while their folder is being made. Written by the apply thread, read by any. */
    private final Set<LedgerId> alive = ConcurrentHashMap.newKeySet();

    /** Ledgers that are not used any more, which somebody may still be reading; guarded by itself. */
    private final List<Ledger> graves = new ArrayList<>();

    /** What the newest snapshot that counts names; where snapshots are made durable. */
    private Set<LedgerId> publishedBefore = Set.of();

    /** @param directory gets a folder for each ledger */
    BookFolders(Disk disk, Path directory) {
        this.disk = disk;
        this.directory = directory;
    }

    Path directory() {
        return directory;
    }

    Path of(LedgerId id) {
        return directory.resolve(id.toString());
    }

    /** Notes that a ledger is, or will be in a moment. */
    void begin(LedgerId id) {
        alive.add(id);
    }

    /** Notes that a ledger was deleted. */
    void end(LedgerId id) {
        alive.remove(id);
    }

    /** Forgets everything, before a snapshot is loaded. */
    void clear() {
        alive.clear();
        closeGraves();
    }

    /** Closes a ledger as soon as nobody reads it. */
    void retire(Ledger ledger) {
        synchronized (graves) {
            graves.add(ledger);
        }
    }

    /** A snapshot that names these ledgers was loaded. */
    void loaded(Set<LedgerId> named) {
        publishedBefore = named;
    }

    /** A snapshot that names these ledgers counts: lets go of what neither it nor anybody else needs. */
    void published(Set<LedgerId> named) throws IOException {
        for (Path place : disk.list(directory)) {
            LedgerId id = idOf(place);
            if (id != null && !alive.contains(id) && !named.contains(id) && !publishedBefore.contains(id)) {
                empty(id);
                disk.delete(place);
            }
        }
        publishedBefore = named;
        closeGraves();
    }

    /** Puts the files of a ledger of other folders in the place of these, which are kept in {@code ledgers-damaged} beside. */
    void replace(LedgerId id, BookFolders from) throws IOException {
        Path damaged = directory.resolveSibling("ledgers-damaged");
        int number = 1;
        while (!disk.list(damaged.resolve(id + "-" + number)).isEmpty()) {
            number++;
        }
        move(of(id), damaged.resolve(id + "-" + number));
        move(from.of(id), of(id));
    }

    private void move(Path from, Path to) throws IOException {
        disk.createDirectories(to);
        for (Path file : disk.list(from)) {
            disk.rename(file, to.resolve(String.valueOf(file.getFileName())));
        }
        disk.forceDirectory(to);
        if (disk.exists(from)) {
            disk.forceDirectory(from);
        }
    }

    /** Deletes all files of a ledger. */
    void empty(LedgerId id) throws IOException {
        for (Path file : disk.list(of(id))) {
            disk.delete(file);
        }
    }

    private void closeGraves() {
        synchronized (graves) {
            graves.removeIf(BookFolders::closes);
        }
    }

    /** False while somebody is reading it. */
    private static boolean closes(Ledger ledger) {
        try {
            ledger.close();
            return true;
        } catch (IllegalStateException e) {
            return false;
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "a ledger that is not used any more did not close", e);
            return true;
        }
    }

    private static @Nullable LedgerId idOf(Path place) {
        try {
            return LedgerId.parse(String.valueOf(place.getFileName()));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
