package io.thalweg.memo;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tenants of which nothing is here, and of which nothing is taken any more, because they are no more: other slabs may still have their memos, and would bring them back. And the
 * highest number of a memo that came before one of them went: others must never see one of these numbers again.
 *
 * <pre>
 * FORGOTTEN := "TWFT" crc version:u8=1 arrivals:i64 count:u32 {tenant:16}
 * </pre>
 *
 * One thread changes it, any reads it.
 */
public final class ForgottenTenants {
    private static final String FILE = "FORGOTTEN";
    private static final int MAGIC = 0x54465754; // "TWFT", little-endian
    private static final int VERSION = 1;
    private static final int FIXED_BYTES = 8 + 1 + 8 + 4;
    private static final int TENANT_BYTES = 16;
    private static final int BYTES_MAX = 64 << 20;

    /** As many as fit into a sixteenth of {@link #BYTES_MAX}; each is in memory, and all of them are written with each one more. */
    static final int TENANTS_MAX = 1 << 18;

    private final Disk disk;
    private final Path directory;
    private final int tenantsMax;

    private final Set<TenantId> tenants = ConcurrentHashMap.newKeySet();
    private long arrivals;

    private ForgottenTenants(Disk disk, Path directory, int tenantsMax) {
        this.disk = disk;
        this.directory = directory;
        this.tenantsMax = tenantsMax;
    }

    /**
     * Reads those of the slab in a directory.
     *
     * @throws CorruptionException when that is not what was written
     */
    public static ForgottenTenants open(Disk disk, Path directory) throws IOException {
        return open(disk, directory, TENANTS_MAX);
    }

    /** The same with room for fewer. */
    static ForgottenTenants open(Disk disk, Path directory, int tenantsMax) throws IOException {
        ForgottenTenants opened = new ForgottenTenants(disk, directory, tenantsMax);
        Path file = directory.resolve(FILE);
        if (disk.exists(file)) {
            try (DiskFile source = disk.open(file)) {
                if (source.size() > BYTES_MAX) {
                    throw new MalformedException("it has " + source.size() + " bytes, expected at most " + BYTES_MAX);
                }
                ByteBuffer bytes = ByteBuffer.allocate((int) source.size());
                source.read(0, bytes);
                opened.decode(bytes.array());
            } catch (MalformedException e) {
                throw new CorruptionException(file, 0, "is not what was written: " + e.getMessage());
            }
        }
        return opened;
    }

    private void decode(byte[] bytes) {
        BinaryReader in = new BinaryReader(bytes);
        if (in.i32() != MAGIC || in.i32() != new Checksum().of(bytes, 8, bytes.length - 8)) {
            throw new MalformedException("it has another checksum");
        }
        int version = in.u8();
        if (version != VERSION) {
            throw new MalformedException("it is of version " + version + ", this build knows " + VERSION);
        }
        arrivals = in.i64();
        for (int left = in.count(TENANT_BYTES); left > 0; left--) {
            tenants.add(new TenantId(in.uuid()));
        }
        in.end();
    }

    /**
     * Adds a tenant, durably.
     *
     * @throws ThalwegException {@code QUOTA_EXCEEDED} when there are too many, before anything is changed; one that is there already can always be added
     */
    public void add(TenantId tenant, long newestArrival) throws IOException {
        if (tenants.size() >= tenantsMax && !tenants.contains(tenant)) {
            throw new ThalwegException(
                    ErrorCode.QUOTA_EXCEEDED,
                    "this node remembers " + tenants.size() + " tenants whose memos it has erased, and has no room for"
                            + " another: replace it by a new node, which needs to remember none of them");
        }
        tenants.add(tenant);
        arrivals = Math.max(arrivals, newestArrival);
        BinaryWriter content = new BinaryWriter(FIXED_BYTES + tenants.size() * TENANT_BYTES)
                .u8(VERSION)
                .i64(arrivals)
                .i32(tenants.size());
        tenants.forEach(each -> content.uuid(each.value()));
        byte[] covered = content.toByteArray();
        AtomicFile.write(
                disk,
                directory.resolve(FILE),
                ByteBuffer.wrap(new BinaryWriter(8 + covered.length)
                        .i32(MAGIC)
                        .i32(new Checksum().of(covered, 0, covered.length))
                        .raw(covered)
                        .toByteArray()));
    }

    /** The number of a memo that came is higher. */
    public long arrivals() {
        return arrivals;
    }

    /** Whether a tenant is one of them. */
    public boolean has(TenantId tenant) {
        return tenants.contains(tenant);
    }
}
