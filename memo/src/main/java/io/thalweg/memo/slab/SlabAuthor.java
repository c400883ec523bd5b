package io.thalweg.memo.slab;

import io.thalweg.memo.Authorship;
import io.thalweg.memo.MemoId;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.model.MalformedException;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;

/**
 * The Ed25519 key with which a slab vouches for what its own writers wrote. It lies with the slab: who loses the disk comes back as another
 * author, as it does as another slab.
 *
 * <pre>
 * file := "TWSA" crc:u32 version:u8=1 public:u32-bytes (X.509) private:u32-bytes (PKCS#8)     crc of what follows it
 * </pre>
 *
 * Immutable.
 */
public final class SlabAuthor {
    private static final int MAGIC = 0x41535754; // "TWSA", little-endian
    private static final int VERSION = 1;
    private static final int BYTES_MAX = 4096;

    private final PublicKey open;
    private final PrivateKey secret;

    private SlabAuthor(PublicKey open, PrivateKey secret) {
        this.open = open;
        this.secret = secret;
    }

    /** Reads the key that lies in a slab's directory; makes one when there is none. */
    public static SlabAuthor open(Disk disk, Path directory) throws IOException {
        Path file = directory.resolve("AUTHOR");
        try {
            if (disk.exists(file)) {
                return read(disk, file);
            }
            KeyPair made = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            byte[] content = new BinaryWriter(128)
                    .u8(VERSION)
                    .bytes(made.getPublic().getEncoded())
                    .bytes(made.getPrivate().getEncoded())
                    .toByteArray();
            disk.createDirectories(directory);
            AtomicFile.write(
                    disk,
                    file,
                    ByteBuffer.wrap(new BinaryWriter(8 + content.length)
                            .i32(MAGIC)
                            .i32(new Checksum().of(content, 0, content.length))
                            .raw(content)
                            .toByteArray()));
            return new SlabAuthor(made.getPublic(), made.getPrivate());
        } catch (GeneralSecurityException e) {
            throw new IOException("a key of Ed25519 cannot be made or read: " + e.getMessage(), e);
        }
    }

    private static SlabAuthor read(Disk disk, Path file) throws IOException, GeneralSecurityException {
        try (Disk.DiskFile source = disk.open(file)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(BYTES_MAX, source.size()));
            var _ = source.read(0, bytes);
            BinaryReader in = new BinaryReader(bytes.array());
            int magic = in.i32();
            int crc = in.i32();
            if (magic != MAGIC || crc != new Checksum().of(bytes.array(), 8, bytes.capacity() - 8)) {
                throw new MalformedException("is not what was written");
            }
            int version = in.u8();
            if (version != VERSION) {
                throw new MalformedException("is of version " + version + ", this build knows " + VERSION);
            }
            KeyFactory factory = KeyFactory.getInstance("Ed25519");
            PublicKey open = factory.generatePublic(new X509EncodedKeySpec(in.bytes()));
            PrivateKey secret = factory.generatePrivate(new PKCS8EncodedKeySpec(in.bytes()));
            return new SlabAuthor(open, secret);
        } catch (MalformedException e) {
            throw new CorruptionException(
                    file, 0, e.getMessage() + "; delete it, and the slab signs with another key from then on");
        }
    }

    /** Vouches for a memo. */
    public Authorship sign(MemoId memo) {
        return Authorship.sign(memo, open, secret);
    }
}
