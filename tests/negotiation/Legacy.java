// A TLS server with everything switched on that this Java still has: SSL 3, RC4, DES, 3DES, EXPORT, anonymous, NULL.
// Arguments: a PKCS#12 file and its password.

import java.io.FileInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.security.KeyStore;
import java.security.Security;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

public class Legacy {
    public static void main(String[] arguments) throws Exception {
        Security.setProperty("jdk.tls.disabledAlgorithms", "");
        Security.setProperty("jdk.tls.legacyAlgorithms", "");
        Security.setProperty("jdk.certpath.disabledAlgorithms", "");
        char[] password = arguments[1].toCharArray();
        KeyStore papers = KeyStore.getInstance("PKCS12");
        try (FileInputStream file = new FileInputStream(arguments[0])) {
            papers.load(file, password);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(papers, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        SSLServerSocket server = (SSLServerSocket)
            context.getServerSocketFactory().createServerSocket(0, 64, InetAddress.getByName("127.0.0.1"));
        server.setEnabledProtocols(new String[] {"SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"});
        server.setEnabledCipherSuites(server.getSupportedCipherSuites());
        System.out.println("ACCEPT 127.0.0.1:" + server.getLocalPort());
        while (true) {
            SSLSocket client = (SSLSocket) server.accept();
            new Thread(() -> greet(client)).start();
        }
    }

    private static void greet(SSLSocket client) {
        try (client) {
            client.setSoTimeout(5000);
            client.startHandshake();
        } catch (IOException left) {
            // Most clients do not stay.
        }
    }
}
