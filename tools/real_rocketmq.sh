# A real RocketMQ for ./quickstart --rocketmq, which sources this: its functions (begin_step, start, await, die ...) and
# variables (data, version, topic, name_server_port) are used here. Replaces start_rocketmq.
# shellcheck shell=bash disable=SC2034,SC2154

find_java() {
    local home
    for home in "${JAVA_HOME:-}" /usr/lib/jvm/java-17-openjdk-* /usr/lib/jvm/default-java; do
        if [ -n "$home" ] && [ -x "$home/bin/java" ]; then echo "$home/bin/java"; return; fi
    done
    command -v java || die "found no Java after installing openjdk-17-jdk-headless; set JAVA_HOME to a JDK 17."
}

fetch_jars() {
    begin_step "jars of RocketMQ $version"
    background tools/rocketmq $version >"$data/jars.log"
    local pid=${workers[0]}
    while kill -0 $pid 2>/dev/null; do progress "$(tail -n 1 "$data/jars.log")"; sleep 0.1; done
    wait $pid || die "the jars of RocketMQ could not be fetched; the line above says why. Repair that and run ./quickstart again."
    workers=()
    jars=$(sed -nE 's/^RocketMQ [0-9.]+: (.* in )?(\/.*)$/\2/p' "$data/jars.log" | tail -n 1)
    java=$(find_java)
    end_step "there"
}

# start_java NAME MAIN OPTION...  One of RocketMQ's two processes with the configuration $data/NAME.conf.
start_java() {
    local name=$1 main=$2
    shift 2
    start "$name" "$java" -XX:+UseSerialGC -XX:-UsePerfData -XX:TieredStopAtLevel=1 "$@" \
        --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED \
        --add-opens=java.base/jdk.internal.ref=ALL-UNNAMED "-Djava.io.tmpdir=$data/tmp" "-Duser.home=$data" \
        "-Drocketmq.home.dir=$data" -Drocketmq.broker.diskSpaceWarningLevelRatio=0.99 \
        -Drocketmq.broker.diskSpaceCleanForciblyRatio=0.98 -cp "$jars/*" "$main" -c "$data/$name.conf"
}

start_rocketmq() {
    local store=$data/store broker_port
    broker_port=$(free_port 10911 -2 1)
    printf '%s\n' "listenPort=$name_server_port" "bindAddress=127.0.0.1" >"$data/namesrv.conf"
    printf '%s\n' brokerClusterName=DefaultCluster brokerName=broker-a brokerId=0 brokerIP1=127.0.0.1 \
        bindAddress=127.0.0.1 "listenPort=$broker_port" "namesrvAddr=127.0.0.1:$name_server_port" \
        "storePathRootDir=$store" "storePathCommitLog=$store/commitlog" mappedFileSizeCommitLog=67108864 \
        mappedFileSizeConsumeQueue=600000 maxHashSlotNum=50000 maxIndexNum=200000 mappedFileSizeTimerLog=10485760 \
        flushDiskType=ASYNC_FLUSH brokerRole=ASYNC_MASTER autoCreateTopicEnable=true deleteWhen=04 fileReservedTime=1 \
        diskMaxUsedSpaceRatio=95 traceTopicEnable=false >"$data/broker.conf"
    mkdir -p "$data/tmp"
    start_java namesrv org.apache.rocketmq.namesrv.NamesrvStartup -Xms64m -Xmx128m
    await 60 namesrv "the name server says that it runs" grep -qs 'boot success' "$data/namesrv.log"
    start_java broker org.apache.rocketmq.broker.BrokerStartup -Xms256m -Xmx512m -XX:MaxDirectMemorySize=256m
    await 90 broker "the broker says that it runs" grep -qs 'boot success' "$data/broker.log"
    # That works once the broker is registered at the name server.
    await 60 broker "the broker is registered" rocketmq create-topic $topic --queues 4
}
