package io.thalweg.raft.peer;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Whom a node believes on the road between nodes: whoever the authority has signed, at an address that the certificate names, and who answers also has to be the node
 * that is looked for there. Another node of the cluster that answers at its address, and whose certificate is good for that, is refused before it is told anything.
 * Which node is looked for, the connection's port says ({@link PeerAddresses#lookedFor}). Thread-safe.
 */
final class NodeTrust extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager authority;
    private final PeerIdentity identity;
    private final PeerAddresses addresses;

    private NodeTrust(X509ExtendedTrustManager authority, PeerIdentity identity, PeerAddresses addresses) {
        this.authority = authority;
        this.identity = identity;
        this.addresses = addresses;
    }

    /**
     * Believes whom the certificates in a file have signed.
     *
     * @throws IOException when it holds none
     */
    static NodeTrust of(Path file, PeerIdentity identity, PeerAddresses addresses) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int number = 0;
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("authority-" + number++, each);
            }
            if (number == 0) {
                throw new IOException("peer.ca (" + file + ") holds no certificate in PEM");
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(store);
            for (TrustManager manager : managers.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager usual) {
                    return new NodeTrust(usual, identity, addresses);
                }
            }
            throw new IOException("this Java has no way to check certificates");
        } catch (GeneralSecurityException e) {
            throw new IOException("peer.ca (" + file + ") cannot be used: " + e.getMessage(), e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        authority.checkServerTrusted(chain, type, engine);
        Optional<String> node = addresses.lookedFor(engine.getPeerPort());
        if (node.isEmpty() || !identity.is(node.get(), chain[0])) {
            throw new CertificateException("node " + node.orElse("?") + " is looked for at " + engine.getPeerHost()
                    + ", and who answers there has a certificate that is for another");
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        throw new CertificateException("which node is looked for is not known");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw new CertificateException("which node is looked for is not known");
    }

    /** Who calls says which node it is in each call, see {@link PeerGate}. */
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        authority.checkClientTrusted(chain, type, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        authority.checkClientTrusted(chain, type, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        authority.checkClientTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return authority.getAcceptedIssuers();
    }
}
