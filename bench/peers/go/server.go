// Server: status requests from the peers' order database, with the standard library and go-sqlite3.
//
//	server CERT KEY DATABASE PORT
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"database/sql"
	"encoding/hex"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

const accountQuery = `SELECT accountID, credentialVersion, salt, passwordHash FROM account WHERE loginName = ?`

const orderQuery = `
	SELECT a.credentialVersion, a.disabled, o.orderDateTime, o.orderStatus, c.objectType, c.FQDN, c.certificateStatus,
		c.csrStatus, c.dcvStatus, c.ovCallBackStatus, c.organizationValidationStatus, c.freeDVUPStatus,
		c.evClickThroughStatus, c.caaStatus
	FROM account a
	JOIN "order" o ON o.orderNumber = ?2 AND o.accountID = a.accountID
	JOIN certificate c ON c.orderNumber = o.orderNumber
	WHERE a.accountID = ?1
	ORDER BY c.position`

// A login whose password was verified.
type verified struct {
	accountID, credentialVersion int64
}

type server struct {
	findAccount, findOrder *sql.Stmt
	key                    []byte
	mutex                  sync.RWMutex
	logins                 map[[sha256.Size]byte]verified
}

func main() {
	certFile, keyFile, database, port := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	db, err := sql.Open("sqlite3", "file:"+database+"?mode=ro&_query_only=1&_cache_size=-65536")
	check(err)
	db.SetMaxIdleConns(8)
	key := make([]byte, 32)
	_, err = rand.Read(key)
	check(err)
	s := &server{key: key, logins: map[[sha256.Size]byte]verified{}}
	s.findAccount, err = db.Prepare(accountQuery)
	check(err)
	s.findOrder, err = db.Prepare(orderQuery)
	check(err)
	http.HandleFunc("/products/!GetDetailedOrderStatus", s.serve)
	listener := &http.Server{
		Addr:         "127.0.0.1:" + port,
		ErrorLog:     log.New(io.Discard, "", 0),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	log.Fatal(listener.ListenAndServeTLS(certFile, keyFile))
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	form := r.PostForm
	login, ok := s.verify(form.Get("loginName"), form.Get("loginPassword"))
	orderNumber, err := strconv.ParseInt(form.Get("orderNumber"), 10, 64)
	body := []byte("errorCode=-16")
	if ok && err == nil {
		if order := s.read(login, orderNumber); order != nil {
			body = order
		}
	}
	headers := w.Header()
	headers.Set("Content-Type", "application/x-www-form-urlencoded")
	headers.Set("Content-Length", strconv.Itoa(len(body)))
	headers.Set("Cache-Control", "no-store")
	w.Write(body)
}

func (s *server) verify(loginName, password string) (verified, bool) {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(loginName))
	mac.Write([]byte{0})
	mac.Write([]byte(password))
	var fingerprint [sha256.Size]byte
	mac.Sum(fingerprint[:0])
	s.mutex.RLock()
	login, ok := s.logins[fingerprint]
	s.mutex.RUnlock()
	if ok {
		return login, true
	}
	var salt, hash string
	row := s.findAccount.QueryRow(loginName)
	if row.Scan(&login.accountID, &login.credentialVersion, &salt, &hash) != nil {
		return login, false
	}
	digest := sha256.Sum256([]byte(salt + password))
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(digest[:])), []byte(hash)) != 1 {
		return login, false
	}
	s.mutex.Lock()
	s.logins[fingerprint] = login
	s.mutex.Unlock()
	return login, true
}

func (s *server) read(login verified, orderNumber int64) []byte {
	rows, err := s.findOrder.Query(login.accountID, orderNumber)
	if err != nil {
		return nil
	}
	defer rows.Close()
	var out bytes.Buffer
	for position := 1; rows.Next(); position++ {
		var credentialVersion, disabled, ordered int64
		var status, objectType, fqdn, certificateStatus string
		var checks [7]int64
		err := rows.Scan(&credentialVersion, &disabled, &ordered, &status, &objectType, &fqdn, &certificateStatus,
			&checks[0], &checks[1], &checks[2], &checks[3], &checks[4], &checks[5], &checks[6])
		if err != nil || disabled != 0 || credentialVersion != login.credentialVersion {
			return nil
		}
		if position == 1 {
			out.WriteString("errorCode=0&1_orderNumber=" + strconv.FormatInt(orderNumber, 10))
			when := time.Unix(ordered, 0).UTC().Format("2006-01-02 15:04")
			out.WriteString("&1_orderDateTime=" + url.QueryEscape(when))
			out.WriteString("&1_orderStatus=" + url.QueryEscape(status))
		}
		prefix := "&1_" + strconv.Itoa(position) + "_"
		out.WriteString(prefix + "objectType=" + url.QueryEscape(objectType))
		out.WriteString(prefix + "FQDN=" + url.QueryEscape(fqdn))
		out.WriteString(prefix + "certificateStatus=" + url.QueryEscape(certificateStatus))
		for at, name := range checkNames {
			out.WriteString(prefix + name + "=" + strconv.FormatInt(checks[at], 10))
		}
	}
	if out.Len() == 0 {
		return nil
	}
	return out.Bytes()
}

var checkNames = [7]string{"csrStatus", "dcvStatus", "ovCallBackStatus", "organizationValidationStatus",
	"freeDVUPStatus", "evClickThroughStatus", "caaStatus"}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
