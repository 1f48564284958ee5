// Not run here, and compiled only as far as the language goes: no Testcontainers and no Docker were at hand.
// Needs org.testcontainers:junit-jupiter (1.x) and org.junit.jupiter:junit-jupiter, and Java 11 or later.

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.KeyStore;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.utility.DockerImageName;

@Testcontainers
class DossierContainerTest {
    /** Nothing secret: all keys behind it are those of the mock's own test PKI. */
    private static final String MANAGEMENT_TOKEN = "only-for-tests";

    private static final char[] KEYSTORE_PASSWORD = "changeit".toCharArray();

    @Container
    private static final GenericContainer<?> DOSSIER =
            new GenericContainer<>(DockerImageName.parse("dossiernumbergeneration-mock:0.1.0"))
                    .withExposedPorts(8080, 8081)
                    .withEnv("MOCKSERVER_MANAGEMENT_HOST", "0.0.0.0")
                    .withEnv("MOCKSERVER_MANAGEMENT_TOKEN", MANAGEMENT_TOKEN)
                    .waitingFor(Wait.forHttp("/readyz").forPort(8081).forStatusCode(200));

    private final HttpClient http = HttpClient.newHttpClient();

    /** Where your client has to send its requests; the port is another one in each run. */
    static URI endpoint() {
        return at(8080, "/DossierNumberGeneration/v1");
    }

    @Test
    void theKeysOfThePhysicianOpen() throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(new ByteArrayInputStream(management("/personas/physician/credential.p12")), KEYSTORE_PASSWORD);
        byte[] token = management("/personas/physician/token.xml");
        // Here your client signs with keys, puts token in as it is, and posts to endpoint().
        assertEquals('<', token[0]);
    }

    private byte[] management(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(at(8081, path))
                .header("Authorization", "Bearer " + MANAGEMENT_TOKEN)
                .build();
        HttpResponse<byte[]> answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        assertEquals(200, answer.statusCode(), path);
        return answer.body();
    }

    private static URI at(int port, String path) {
        return URI.create("http://" + DOSSIER.getHost() + ":" + DOSSIER.getMappedPort(port) + path);
    }
}
