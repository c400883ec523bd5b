package io.thalweg.raft.peer;

import java.nio.file.Path;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.security.TlsConf;

/**
 * What a node shows to the others and whom it believes: PEM files, the key in PKCS#8. Both ends of each connection show a certificate,
 * which names the address that is called, and the authority has signed it.
 *
 * @param certificate with its chain behind it
 */
public record MutualTls(Path certificate, Path key, Path authority) {
    /** @param trust who is believed */
    GrpcTlsConfig config(NodeTrust trust) {
        return GrpcTlsConfig.newBuilder()
                .setPrivateKey(new TlsConf.PrivateKeyConf(key.toFile()))
                .setKeyCertificates(new TlsConf.CertificatesConf(certificate.toFile()))
                .setTrustManager(trust)
                .setMutualTls(true)
                .build();
    }
}
