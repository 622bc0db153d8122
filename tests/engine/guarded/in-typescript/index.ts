import * as kubernetes from "@pulumi/kubernetes";

new kubernetes.apiextensions.CustomResource("entry", {
    apiVersion: "networking.istio.io/v1",
    kind: "ServiceEntry",
    metadata: { name: "entry", namespace: "default" },
    spec: {
        hosts: ["mysql.example.com"],
        addresses: ["10.0.0.0/8"],
        ports: [{ number: 3306, name: "tcp", protocol: "TCP" }],
        resolution: "NONE",
    },
});

new kubernetes.batch.v1.Job("job", {
    metadata: { name: "job", namespace: "default" },
    spec: {
        template: {
            spec: {
                restartPolicy: "Never",
                containers: [
                    {
                        name: "dump",
                        image: "mysql:latest",
                        env: [{ name: "MYSQL_PWD", value: "s3cret-that-a-rule-has-seen" }],
                    },
                ],
            },
        },
    },
});
