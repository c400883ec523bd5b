package io.thalweg.cli.api;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Believes a chain of certificates for one of them alone, of which the fingerprint is known: all that comes before it, names and times included, is checked as
 * always, with that one as the authority. Thread-safe.
 */
final class PinnedTrust extends X509ExtendedTrustManager {
    private final String fingerprint;

    /** @param fingerprint SHA-256, in base64 for URLs */
    PinnedTrust(String fingerprint) {
        this.fingerprint = fingerprint;
    }

    private X509ExtendedTrustManager believing(X509Certificate[] chain) throws CertificateException {
        try {
            for (X509Certificate each : chain) {
                if (fingerprint(each).equals(fingerprint)) {
                    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
                    store.load(null, null);
                    store.setCertificateEntry("pinned", each);
                    if (PrivateAuthority.managerOf(store) instanceof X509ExtendedTrustManager usual) {
                        return usual;
                    }
                }
            }
        } catch (GeneralSecurityException | IOException e) {
            throw new CertificateException("the pinned certificate cannot be used", e);
        }
        throw new CertificateException("it shows none of the certificates of the node that made the token: join by that"
                + " node, or say whom to believe with --ca");
    }

    private static String fingerprint(X509Certificate certificate)
            throws NoSuchAlgorithmException, CertificateException {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        believing(chain).checkServerTrusted(chain, type, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        believing(chain).checkServerTrusted(chain, type, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw new CertificateException("whom this is for is not known");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        throw new CertificateException("this is for servers");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        throw new CertificateException("this is for servers");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw new CertificateException("this is for servers");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
