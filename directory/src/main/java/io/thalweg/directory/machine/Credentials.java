package io.thalweg.directory.machine;

import io.thalweg.directory.ApiKey;
import io.thalweg.directory.Directory;
import io.thalweg.directory.Draft;
import io.thalweg.directory.Log;
import io.thalweg.directory.Parts;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Limits;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * What of a directory is needed to let callers in where the directory is not: tenants with their limits, and their keys, of which only
 * hashes of secrets are known. People and what they log in with stay at home. So a slab at the edge answers callers also while it is cut
 * off, by what it heard last; a key that was revoked meanwhile opens it until it hears of that.
 *
 * <pre>
 * credentials := "TWCR" format:u8=1 version:i64 count:i32 tenant{count}
 * tenant      := id:16 name createdNs:i64 limits reserved count:i32 key{count}     parts as in the directory's snapshot
 * </pre>
 */
public final class Credentials {
    private static final int MAGIC = 0x52435754; // "TWCR", little-endian
    private static final int FORMAT = 1;

    /** Where the version ends in a form. */
    private static final int VERSION_END = 4 + 1 + 8;

    private Credentials() {}

    public static byte[] encode(Directory directory) {
        return encode(directory, _ -> true);
    }

    /** The same, of those tenants alone that somebody may know of. */
    public static byte[] encode(Directory directory, Predicate<TenantId> known) {
        List<Tenant> tenants = directory.tenants().stream()
                .filter(tenant -> known.test(tenant.id()))
                .toList();
        BinaryWriter out = new BinaryWriter(1024)
                .i32(MAGIC)
                .u8(FORMAT)
                .i64(directory.version())
                .i32(tenants.size());
        for (Tenant tenant : tenants) {
            out.uuid(tenant.id().value()).text(tenant.name()).i64(tenant.createdNs());
            Parts.write(tenant.limits(), out);
            Parts.write(tenant.reserved(), out);
            out.i32(tenant.keys().size());
            tenant.keys().forEach(key -> StateCodec.write(key, out));
        }
        return out.toByteArray();
    }

    /** Whether two forms let the same callers in: a directory changes for many reasons. */
    public static boolean sameButForVersion(byte[] left, byte[] right) {
        return Arrays.equals(left, VERSION_END, left.length, right, VERSION_END, right.length);
    }

    /** A directory that knows these tenants and keys and nothing else; a {@link MalformedException} says why it can be none. */
    public static Directory decode(byte[] form) {
        BinaryReader in = new BinaryReader(form);
        if (in.i32() != MAGIC) {
            throw new MalformedException("no credentials: they do not begin with TWCR");
        }
        int format = in.u8();
        if (format != FORMAT) {
            throw new MalformedException("credentials of format " + format + ", this build knows " + FORMAT);
        }
        long version = in.i64();
        Draft draft = new Draft(Directory.EMPTY);
        for (int left = in.count(16); left > 0; left--) {
            Tenant tenant = Tenant.empty(
                    new TenantId(in.uuid()),
                    Parts.text(in, Limits.MAX_NAME_BYTES),
                    in.i64(),
                    Parts.readLimits(in),
                    Parts.readReserved(in));
            if (draft.tenant(tenant.id()) != null || draft.hasTenantName(tenant.name())) {
                throw new MalformedException("two tenants are the same");
            }
            draft.put(tenant);
            for (Log log : tenant.reserved().toLogs(tenant.createdNs())) {
                tenant = draft.put(tenant, log);
            }
            for (int keys = in.count(16); keys > 0; keys--) {
                ApiKey key = StateCodec.readKey(in, true);
                SecretHash previous = key.previous();
                if (draft.hasKeySecret(key.secret()) || (previous != null && draft.hasKeySecret(previous))) {
                    throw new MalformedException("two keys are the same");
                }
                tenant = draft.put(tenant, key);
            }
        }
        in.end();
        return draft.toDirectory(version);
    }
}
