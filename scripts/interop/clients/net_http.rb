require 'net/http'
require 'uri'

url, way, *rest = ARGV
arguments = Hash[*rest]
uri = URI(url)

response =
  if way == 'get'
    uri.query = URI.encode_www_form(arguments)
    Net::HTTP.get_response(uri)
  else
    Net::HTTP.post_form(uri, arguments)
  end

puts response.code
URI.decode_www_form(response.body).each { |name, value| puts "#{name}\t#{value}" }
print "\n", response.body
