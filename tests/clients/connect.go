// Connects to "port CA-file" of each line of the input as a Go client does, and says how it went.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		port, roots, _ := strings.Cut(lines.Text(), " ")
		result := "ok"
		if err := connect(os.Args[1], port, roots); err != nil {
			result = strings.ReplaceAll(err.Error(), "\n", " ")
		}
		fmt.Println(port, result)
	}
}

func connect(host, port, roots string) error {
	pem, err := os.ReadFile(roots)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	connection, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{RootCAs: pool, ServerName: host})
	if err != nil {
		return err
	}
	return connection.Close()
}
