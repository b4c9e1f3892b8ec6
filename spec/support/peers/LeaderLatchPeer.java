import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderLatchListener;
import org.apache.curator.retry.RetryOneTime;

/** Candidates of Apache Curator, driven by lines: see `zookeeper-peers.ts`. */
public class LeaderLatchPeer {
  public static void main(String[] args) throws Exception {
    var client =
        CuratorFrameworkFactory.newClient(
            args[0], Integer.parseInt(args[1]), 5_000, new RetryOneTime(100));
    client.start();
    Map<String, LeaderLatch> latches = new ConcurrentHashMap<>();
    var commands = new BufferedReader(new InputStreamReader(System.in));
    for (var line = commands.readLine(); line != null; line = commands.readLine()) {
      var words = line.split(" ");
      var id = words[1];
      switch (words[0]) {
        case "join" -> latches.put(id, join(client, words[2], id));
        case "leave" -> latches.remove(id).close();
        case "ask" -> say("sees", id, latches.get(id).getLeader().getId());
        default -> throw new IllegalArgumentException(line);
      }
    }
    client.close();
  }

  private static LeaderLatch join(CuratorFramework client, String path, String id)
      throws Exception {
    var latch = new LeaderLatch(client, path, id);
    latch.addListener(
        new LeaderLatchListener() {
          @Override
          public void isLeader() {
            say("leads", id);
          }

          @Override
          public void notLeader() {
            say("lost", id);
          }
        });
    latch.start();
    return latch;
  }

  private static synchronized void say(String... words) {
    System.out.println(String.join(" ", words));
  }
}
